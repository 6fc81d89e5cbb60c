import { describe, expect, it } from 'vitest'
import { compareGroups, compareVersions } from './group-priorities.ts'

describe('discovery', () => {
  it('has the newest stable version first', () => {
    const versions = ['v1alpha1', 'v1', 'v2beta1', 'v10', 'v2', 'v1beta2', 'legacy']
    expect(versions.sort(compareVersions)).toEqual(['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1alpha1', 'legacy'])
  })

  it('has groups in the order of upstream, and custom ones after them by name', () => {
    const groups = [
      'b.example.com',
      'policy',
      'a.example.com',
      'apps',
      '',
      'apiextensions.k8s.io',
      'admissionregistration.k8s.io',
    ]
    expect(groups.sort(compareGroups)).toEqual([
      '',
      'apps',
      'policy',
      'admissionregistration.k8s.io',
      'apiextensions.k8s.io',
      'a.example.com',
      'b.example.com',
    ])
  })
})
