// A server with node's spdy: node server.js CERT KEY. Prints its port.
'use strict';
const fs = require('fs');
const spdy = require('spdy');

const [cert, key] = process.argv.slice(2).map((file) => fs.readFileSync(file));
const protocols = ['spdy/3.1', 'spdy/3', 'spdy/2', 'http/1.1'];
const server = spdy.createServer({ cert, key, spdy: { protocols } }, (request, response) => {
  let size = 0;
  request.on('data', (data) => { size += data.length; });
  request.on('end', () => {
    const wanted = /^\/bytes\?(\d+)$/.exec(request.url);
    response.writeHead(200, { 'x-spdy': request.spdyVersion });
    response.end(wanted ? Buffer.alloc(Number(wanted[1])) : `${request.method} ${size}`);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
