import { cachedDataVersionTag } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { preferMemoryToSpeed } from './index.ts'

describe('a process that prefers memory to speed', () => {
  it('has its former flags afterwards, so that V8 takes its code cache again', () => {
    const before = cachedDataVersionTag()
    const undo = preferMemoryToSpeed()
    undo()
    expect(cachedDataVersionTag()).toBe(before)
    expect(process.listeners('exit')).not.toContain(undo)
  })
})
