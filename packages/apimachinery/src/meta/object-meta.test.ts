import { ReplicaSet } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { controllerRef, getController, objectKey, parseGroupVersion, splitKey } from './object-meta.ts'

describe('metadata', () => {
  it('names the controller among the owners', () => {
    const owner = { metadata: { name: 'web', uid: 'u1' } }
    const reference = controllerRef(owner, ReplicaSet)
    expect(reference).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: 'u1',
      controller: true,
      blockOwnerDeletion: true,
    })
    const other = { ...reference, controller: false, name: 'other' }
    expect(getController({ ownerReferences: [other, reference] })).toBe(reference)
    expect(getController({ ownerReferences: [other] })).toBeUndefined()
  })

  it('has a key that can be split again', () => {
    expect(splitKey(objectKey({ namespace: 'a', name: 'b' }))).toEqual({ namespace: 'a', name: 'b' })
    expect(splitKey(objectKey({ name: 'b' }))).toEqual({ name: 'b' })
    expect(() => splitKey('a/b/c')).toThrow('unexpected key format: "a/b/c"')
  })

  it('reads group and version', () => {
    expect(parseGroupVersion('v1')).toEqual({ group: '', version: 'v1' })
    expect(parseGroupVersion('apps/v1')).toEqual({ group: 'apps', version: 'v1' })
    expect(() => parseGroupVersion('a/b/c')).toThrow('unexpected GroupVersion string: a/b/c')
  })
})
