import { describe, expect, it } from 'vitest'
import { linesOf } from './lines.ts'

async function split(...chunks: string[]) {
  async function* bytes() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: string[] = []
  for await (const line of linesOf(bytes())) lines.push(line)
  return lines
}

describe('lines of a stream', () => {
  it.each([
    { name: 'in one chunk', chunks: ['a\nb\n'], want: ['a', 'b'] },
    { name: 'over several chunks', chunks: ['a', 'b\nc', '', 'd\n'], want: ['ab', 'cd'] },
    { name: 'without an end are no lines', chunks: ['a\nb'], want: ['a'] },
    { name: 'may be empty, and are left out', chunks: ['\n\na\n'], want: ['a'] },
  ])('$name', async ({ chunks, want }) => {
    expect(await split(...chunks)).toEqual(want)
  })
})
