import { cachedDataVersionTag } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { preferMemoryToSpeed } from './index.ts'

describe('a process that prefers memory to speed', () => {
  it('runs under other flags, and under its former ones afterwards, so that V8 takes its code cache again', () => {
    const before = cachedDataVersionTag()
    const undo = preferMemoryToSpeed()
    const meanwhile = cachedDataVersionTag()
    undo()
    expect(meanwhile).not.toBe(before)
    expect(cachedDataVersionTag()).toBe(before)
    expect(process.listeners('exit')).not.toContain(undo)
  })
})
