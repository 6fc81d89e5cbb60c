import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogWriter } from './log-writer.ts'

let dir: string
let path: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'wherry-log-'))
  path = join(dir, '0.log')
})

afterEach(() => rmSync(dir, { recursive: true }))

function written(chunks: (string | Buffer)[], limits = { maxSize: 1e6, maxFiles: 3 }): string[] {
  const writer = new LogWriter(path, new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), limits)
  for (const chunk of chunks) writer.write('stdout', Buffer.from(chunk))
  writer.close()
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

describe('a container log', () => {
  it('has one entry a line, with its time and stream', () => {
    expect(written(['a\n\nb\n'])).toEqual([
      '2026-01-02T03:04:05.678000000Z stdout F a',
      '2026-01-02T03:04:05.678000000Z stdout F ',
      '2026-01-02T03:04:05.678000000Z stdout F b',
    ])
  })

  it('has the start of a line at once, tagged as partial', () => {
    expect(written(['prompt> ', 'typed', '\n']).map((line) => line.slice(31))).toEqual([
      'stdout P prompt> ',
      'stdout P typed',
      'stdout F ',
    ])
  })

  it('cuts long lines without touching a byte', () => {
    const line = Buffer.from(`${'é'.repeat(20_000)}\n`)
    const pieces = written([line])
    expect(pieces).toHaveLength(3)
    const bytes = readFileSync(path)
    const prefix = '2026-01-02T03:04:05.678000000Z stdout P '.length
    const contents: Buffer[] = []
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(10, at)
      contents.push(bytes.subarray(at + prefix, end))
      at = end + 1
    }
    expect(Buffer.concat(contents).equals(line.subarray(0, -1))).toBe(true)
  })

  it('is rotated by size and keeps so many files', () => {
    written(['one\n', 'two\n', 'three\n', 'four\n'], { maxSize: 10, maxFiles: 3 })
    expect(readdirSync(dir).sort()).toEqual(['0.log', '0.log.1', '0.log.2'])
    expect(readFileSync(`${path}.1`, 'utf8')).toContain('four')
    expect(readFileSync(`${path}.2`, 'utf8')).toContain('three')
  })

  it('goes on where an earlier writer ended', () => {
    written(['a\n'])
    expect(written(['b\n']).map((line) => line.slice(-1))).toEqual(['a', 'b'])
  })
})
