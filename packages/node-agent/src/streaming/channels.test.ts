import { describe, expect, it } from 'vitest'
import { commandProtocols, decodeMessage, encodeMessage } from './channels.ts'
import { commandOptions } from './command-options.ts'
import { ResizeParser } from './resize.ts'

describe('a channel protocol', () => {
  it.each(commandProtocols)('$name reads what it writes', (protocol) => {
    const data = Buffer.from([0, 1, 255, 10])
    const message = encodeMessage(protocol, 2, data)
    expect(decodeMessage(protocol, Buffer.from(message))).toEqual({ channel: 2, data })
  })

  it('finds nothing in an empty message', () => {
    for (const protocol of commandProtocols) expect(decodeMessage(protocol, Buffer.alloc(0))).toBeUndefined()
  })
})

describe('sizes of a terminal', () => {
  it('are read however they are cut', () => {
    const parser = new ResizeParser()
    const sizes: string[] = []
    parser.write(Buffer.from('{"Width":1,"Height":2}'))
    parser.listen(({ width, height }) => sizes.push(`${width}x${height}`))
    parser.write(Buffer.from('{"Wid'))
    parser.write(Buffer.from('th":3,"Height":4}\n{"Width":5,"Height":6}{nonsense}'))
    expect(sizes).toEqual(['1x2', '3x4', '5x6'])
  })
})

describe('what a client of exec asks for', () => {
  it('is read from the query; a terminal has one output', () => {
    const query = new URLSearchParams('command=ls&command=-l&input=1&output=1&error=1&tty=1')
    expect(commandOptions(query)).toEqual({
      command: ['ls', '-l'],
      stdin: true,
      stdout: true,
      stderr: false,
      tty: true,
    })
  })

  it('is something', () => {
    expect(() => commandOptions(new URLSearchParams('command=ls'))).toThrow(
      'you must specify at least 1 of stdin, stdout, stderr',
    )
  })
})
