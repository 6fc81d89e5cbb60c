import { describe, expect, it } from 'vitest'
import { podTemplateHash, sameTemplate } from './template-hash.ts'

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'v1' }] } }

describe('the hash of a pod template', () => {
  it('is made of letters that spell nothing, and is the same whatever the order of keys', () => {
    const turned = { spec: { containers: [{ image: 'v1', name: 'c' }] }, metadata: { labels: { app: 'web' } } }
    expect(podTemplateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
    expect(podTemplateHash(turned)).toBe(podTemplateHash(template))
  })

  it('changes with the template and with the collision count', () => {
    const other = { ...template, spec: { containers: [{ name: 'c', image: 'v2' }] } }
    const hashes = [podTemplateHash(template), podTemplateHash(other), podTemplateHash(template, 1)]
    expect(new Set(hashes).size).toBe(3)
  })
})

describe('two templates', () => {
  it('are the same whatever their hash labels', () => {
    const labelled = { ...template, metadata: { labels: { app: 'web', 'pod-template-hash': 'x' } } }
    expect(sameTemplate(template, labelled)).toBe(true)
    expect(sameTemplate({ ...template, metadata: { labels: { app: 'web', tier: 'x' } } }, labelled)).toBe(false)
  })

  it('are the same when one has empty members that the other lacks', () => {
    expect(sameTemplate({ ...template, metadata: { ...template.metadata, annotations: {} } }, template)).toBe(true)
  })
})
