'use strict'

// A peer made of spdy, over TLS. See ../README.md for what is printed.
//
//   https.js serve VERSION KEY CERTIFICATE
//   https.js fetch VERSION PORT COUNT PATH

const fs = require('fs')
const https = require('https')
const spdy = require('spdy')
const body = require('./body')

const [mode, version, ...rest] = process.argv.slice(2)
const protocol = `spdy/${version}`

function serve (key, certificate) {
  const options = {
    key: fs.readFileSync(key),
    cert: fs.readFileSync(certificate),
    spdy: { protocols: [protocol] }
  }
  const server = spdy.createServer(options, (request, response) => {
    const [, route, argument] = request.url.split('/')
    if (route === 'size') return body.stream(Number(argument)).pipe(response)
    if (route === 'push') {
      const pushed = response.push('/pushed', { status: 200, method: 'GET' })
      pushed.on('error', (error) => console.log('pushed stream error', error.message))
      pushed.end(body.make(1000))
      return response.end(body.make(100))
    }
    if (route === 'abort') return response.write(body.make(10000), () => request.spdyStream.abort())
    const check = new body.Check()
    request.on('data', (chunk) => check.take(chunk))
    request.on('end', () => {
      response.writeHead(200, { received: String(check.length), intact: String(check.intact) })
      response.end()
    })
  })
  server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
}

function fetch (port, count, path) {
  const agent = spdy.createAgent({
    host: '127.0.0.1',
    port: Number(port),
    rejectUnauthorized: false,
    ALPNProtocols: [protocol],
    spdy: { protocol }
  })
  let left = Number(count)
  for (let i = 0; i < Number(count); i++) {
    const options = { host: '127.0.0.1', port: Number(port), path, agent }
    const request = https.request(options, (response) => {
      const check = new body.Check()
      response.on('data', (chunk) => check.take(chunk))
      response.on('end', () => {
        console.log(`done ${i} status=${response.statusCode} length=${check.length} intact=${check.intact}`)
        if (--left === 0) agent.close()
      })
    })
    request.end()
  }
}

if (mode === 'serve') serve(...rest)
else fetch(...rest)
