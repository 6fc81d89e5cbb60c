import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../testing/index.ts'
import { type LogOptions, readLog } from './log-reader.ts'
import { LogWriter } from './log-writer.ts'
import { tailText } from './tail.ts'

let dir: string
let path: string
let clock: FakeClock
const begin = Date.UTC(2026, 0, 1)
const never = new AbortController().signal

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'wherry-log-'))
  path = join(dir, '0.log')
  clock = new FakeClock(begin)
})

afterEach(() => rmSync(dir, { recursive: true }))

function aLog(chunks: string[]): void {
  const writer = new LogWriter(path, clock)
  for (const chunk of chunks) writer.write('stdout', Buffer.from(chunk))
  writer.close()
}

async function read(options: Partial<LogOptions> = {}): Promise<string> {
  const out = new PassThrough({ highWaterMark: 1e9 })
  await readLog({ path, ended: Promise.resolve() }, { follow: false, timestamps: false, ...options }, out, never)
  return (out.read() ?? '').toString()
}

describe('reading a log', () => {
  it('gives what the container wrote, byte for byte', async () => {
    const text = `a\n\nprompt> ${'é'.repeat(40_000)}\nlast without end`
    aLog([text.slice(0, 20), text.slice(20)])
    expect(await read()).toBe(text)
  })

  it.each([
    { tailLines: 0, want: '' },
    { tailLines: 1, want: 'rest' },
    { tailLines: 2, want: 'in pieces\nrest' },
    { tailLines: 3, want: 'two\nin pieces\nrest' },
    { tailLines: 99, want: 'one\ntwo\nin pieces\nrest' },
  ])('gives the last $tailLines lines, pieces counted together', async ({ tailLines, want }) => {
    aLog(['one\ntwo\nin ', 'pie', 'ces\nre', 'st'])
    expect(await read({ tailLines })).toBe(want)
  })

  it('finds the last lines far from the end of a long log', async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => `line ${n}\n`)
    aLog([lines.join('')])
    expect(await read({ tailLines: 10_000 })).toBe(lines.slice(-10_000).join(''))
  })

  it('gives no more than the last lines, however much is written meanwhile', async () => {
    const line = `${'x'.repeat(99)}\n`
    const writer = new LogWriter(path, clock)
    writer.write('stdout', Buffer.from(line.repeat(2000)))
    const out = new PassThrough({ highWaterMark: 1 })
    const reading = readLog(
      { path, ended: Promise.resolve() },
      { follow: false, timestamps: false, tailLines: 1500 },
      out,
      never,
    )
    let text = ''
    void reading.finally(() => out.end())
    for await (const chunk of out) {
      text += String(chunk)
      writer.write('stdout', Buffer.from(line.repeat(10)))
    }
    writer.close()
    expect(text).toBe(line.repeat(1500))
  })

  it('puts the time before each line, not before each piece', async () => {
    aLog(['in ', 'pieces\nb\n'])
    expect(await read({ timestamps: true })).toBe(
      '2026-01-01T00:00:00.000000000Z in pieces\n2026-01-01T00:00:00.000000000Z b\n',
    )
  })

  it('begins at a time and ends at a number of bytes', async () => {
    const writer = new LogWriter(path, clock)
    writer.write('stdout', Buffer.from('old\n'))
    await clock.advance(5000)
    writer.write('stderr', Buffer.from('new\n'))
    writer.close()
    expect(await read({ since: begin + 5000 })).toBe('new\n')
    expect(await read({ limitBytes: 5 })).toBe('old\nn')
    expect(await read({ stream: 'stderr' })).toBe('new\n')
  })

  it('gives nothing when there is no log', async () => {
    expect(await read()).toBe('')
  })

  it('skips what is no entry', async () => {
    writeFileSync(path, 'nonsense\n2026-01-01T00:00:00.000000000Z stdout F ok\n')
    expect(await read()).toBe('ok\n')
  })
})

describe('following a log', () => {
  it('goes on through rotations until the container has ended', async () => {
    const writer = new LogWriter(path, clock, { maxSize: 100, maxFiles: 4 })
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const out = new PassThrough()
    let text = ''
    out.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    const reading = readLog({ path, ended }, { follow: true, timestamps: false }, out, never)
    let want = ''
    for (let n = 0; n < 20; n++) {
      writer.write('stdout', Buffer.from(`line ${n}\n`))
      want += `line ${n}\n`
      await eventually(() => text === want)
    }
    writer.write('stdout', Buffer.from('the end'))
    end()
    await reading
    expect(text).toBe(`${want}the end`)
    writer.close()
  })

  it('ends when its reader goes away', async () => {
    aLog(['a\n'])
    const abort = new AbortController()
    const out = new PassThrough()
    const never = new Promise<void>(() => {})
    const reading = readLog({ path, ended: never }, { follow: true, timestamps: false }, out, abort.signal)
    await eventually(() => out.readableLength > 0)
    abort.abort()
    await reading
  })
})

describe('the end of a log as text', () => {
  it('is cut to lines and bytes', async () => {
    aLog(['one\ntwo\nthree\n'])
    expect(await tailText(path, 2, 100)).toBe('two\nthree\n')
    expect(await tailText(path, 2, 4)).toBe('ree\n')
    expect(await tailText(join(dir, 'none'), 2, 4)).toBe('')
  })
})
