'use strict'

// A peer made of spdy-transport on plain TCP. See ../README.md for the routes and for what is printed.
//
//   transport.js serve VERSION
//   transport.js fetch VERSION PORT COUNT METHOD PATH SIZE

const net = require('net')
const transport = require('spdy-transport')
const body = require('./body')

const [mode, version, port, count, method, path, size] = process.argv.slice(2)

function serve () {
  const server = net.createServer({ noDelay: true }, (socket) => {
    const connection = transport.connection.create(socket, {
      protocol: 'spdy',
      isServer: true,
      // Makes window updates rarer, which is what the clients are to be seen to bear.
      windowSize: 256 * 1024
    })
    connection.start(Number(version))
    const weights = new Map()
    connection.on('frame', (frame) => {
      if (frame.type === 'HEADERS' && !weights.has(frame.id)) weights.set(frame.id, frame.priority.weight)
    })
    connection.on('error', (error) => console.log('connection error', error.message))
    connection.on('stream', (stream) => {
      stream.on('error', (error) => console.log('stream error', error.message))
      answer(connection, stream, socket, weights.get(stream.id))
    })
  })
  server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
}

function answer (connection, stream, socket, weight) {
  const [, route, argument] = stream.path.split('/')
  switch (route) {
    case 'size':
      stream.respond(200, { priority: String(priority(weight)) })
      return body.stream(Number(argument)).pipe(stream)
    case 'upload': {
      const check = new body.Check()
      const headers = []
      stream.on('headers', (more) => headers.push(Object.keys(more).join()))
      stream.on('data', (chunk) => check.take(chunk))
      return stream.on('end', () => {
        stream.respond(200, { received: String(check.length), intact: String(check.intact), headers: headers.join() })
        stream.end()
      })
    }
    case 'echo':
      stream.respond(200, {})
      return stream.pipe(stream)
    case 'push':
      for (const path of ['/pushed/1', '/pushed/2']) {
        const uri = { path, host: 'localhost', method: 'GET', status: 200, headers: {}, response: { 'x-pushed': 'yes' } }
        stream.pushPromise(uri, (error, pushed) => {
          if (error) return console.log('push error', error.message)
          pushed.on('error', (error) => console.log('pushed stream error', error.message))
          pushed.end(body.make(1000))
        })
      }
      // The round trip makes sure that the pushed DATA is out before the reply.
      return connection.ping(() => {
        stream.respond(200, {})
        stream.end(body.make(100))
      })
    case 'headers':
      stream.respond(200, {})
      stream.sendHeaders({ 'x-more': 'one' })
      stream.write(body.make(100))
      stream.sendHeaders({ 'x-more': 'two' })
      return stream.end()
    case 'abort':
      stream.respond(200, {})
      return stream.write(body.make(10000), () => stream.abort())
    case 'unknown':
      // Nothing else is being sent, so this comes between two frames.
      socket.write(Buffer.from([0x80, version === '2' ? 2 : 3, 0x12, 0x34, 0, 0, 0, 5, ...Buffer.from('hello')]))
      stream.respond(200, {})
      return stream.end(body.make(100))
  }
}

// spdy-transport stretches the three bits where SPDY/3 has the priority to weights; in SPDY/2 only two of them are used.
function priority (weight) {
  const bits = Math.round((weight - 1) / 5)
  return version === '2' ? bits >> 1 : bits
}

function fetch () {
  const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  const connection = transport.connection.create(socket, { protocol: 'spdy', isServer: false })
  connection.start(Number(version))
  connection.on('error', (error) => console.log('connection error', error.message))
  let left = Number(count)
  for (let i = 0; i < Number(count); i++) {
    request(connection, i, (line) => {
      console.log(line)
      if (--left === 0) connection.end()
    })
  }
}

function request (connection, i, report) {
  // All priorities in turn. The fraction makes up for rounding down.
  const weight = 1.01 + 5 * (i % 8)
  const options = { method, path, host: 'localhost', headers: { 'x-number': String(i) }, priority: { parent: 0, exclusive: false, weight } }
  const stream = connection.request(options, (error) => {
    if (error) console.log('request error', error.message)
    else if (method === 'ABORT') stream.write(body.make(10000), () => stream.abort())
    else if (method === 'POST') body.stream(Number(size)).pipe(stream)
  })
  const check = new body.Check()
  const pushed = new body.Check()
  let [status, headers, trailers, pushes, failure] = ['none', {}, [], 0, 'none']
  stream.on('response', (code, fields) => { [status, headers] = [code, fields] })
  stream.on('headers', (fields) => trailers.push(fields['x-more']))
  stream.on('pushPromise', (push) => {
    pushes++
    push.on('data', (chunk) => pushed.take(chunk))
    push.on('error', (error) => console.log('pushed stream error', error.message))
  })
  stream.on('data', (chunk) => check.take(chunk))
  stream.on('error', (error) => { failure = error.message })
  stream.on('close', () => {
    report(`done ${i} status=${status} length=${check.length} intact=${check.intact} pushes=${pushes} ` +
      `pushed=${pushed.length} more=${trailers.join()} received=${headers.received || ''} ` +
      `error=${failure.replace(/ /g, '-')}`)
  })
}

if (mode === 'serve') serve()
else fetch()
