// A client with the protocol side of node's spdy: node client.js URL VERSION COUNT SIZE. Sends COUNT requests at once,
// each with a body of SIZE bytes, and prints how many bytes came back in all.
'use strict';
const net = require('net');
const tls = require('tls');
const transport = require('spdy-transport');

const [url, version, count, size] = process.argv.slice(2);
const { hostname, port, pathname, protocol } = new URL(url);

const socket = protocol === 'http:'
  ? net.connect({ host: '127.0.0.1', port }, begin)
  : tls.connect(
    { host: '127.0.0.1', servername: hostname, port, rejectUnauthorized: false, ALPNProtocols: [`spdy/${version}`] },
    begin);

function begin() {
  const connection = transport.connection.create(socket, { protocol: 'spdy', isServer: false });
  connection.start(Number(version));
  let left = Number(count);
  let received = 0;
  for (let i = 0; i < Number(count); i++) {
    connection.request({ method: 'POST', path: pathname, host: hostname, headers: {} }, (error, stream) => {
      if (error) throw error;
      stream.on('response', (status) => { if (status !== 200) throw new Error(`status ${status}`); });
      stream.on('data', (data) => { received += data.length; });
      stream.on('end', () => {
        left -= 1;
        if (left === 0) {
          console.log(received);
          socket.destroy();
        }
      });
      stream.end(Buffer.alloc(Number(size), 'x'));
    });
  }
}
