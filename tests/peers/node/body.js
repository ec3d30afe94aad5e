'use strict'

// A body that every peer can make and check in its own language, and in which a lost or swapped piece shows.

const { Readable } = require('stream')

function fill (chunk, offset) {
  for (let i = 0; i < chunk.length; i++) chunk[i] = Math.imul(offset + i, 0x9e3779b1) >>> 24
  return chunk
}

exports.make = (length) => fill(Buffer.alloc(length), 0)

// The same in pieces, as they are asked for.
exports.stream = (length) => {
  let sent = 0
  return new Readable({
    read () {
      const size = Math.min(65536, length - sent)
      this.push(size === 0 ? null : fill(Buffer.alloc(size), sent))
      sent += size
    }
  })
}

// Looks at all of a body without holding it in memory.
exports.Check = class Check {
  constructor () {
    this.length = 0
    this.intact = true
  }

  take (chunk) {
    if (!fill(Buffer.alloc(chunk.length), this.length).equals(chunk)) this.intact = false
    this.length += chunk.length
  }
}
