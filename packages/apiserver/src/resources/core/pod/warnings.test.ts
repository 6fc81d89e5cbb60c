import type { Pod, PodSpec } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { setPodDefaults } from './defaults.ts'
import { podWarnings } from './warnings.ts'

function warningsOf(spec: Partial<PodSpec>, metadata: Pod['metadata'] = {}): string[] {
  const pod: Pod = {
    metadata: { name: 'p', ...metadata },
    spec: { containers: [{ name: 'c', image: 'a:1' }], ...spec },
  }
  setPodDefaults(pod)
  return podWarnings(pod, undefined)
}
const at = 'spec.containers[0]'

describe('warnings about a pod', () => {
  it.each<{ name: string; spec: Partial<PodSpec>; metadata?: Pod['metadata']; want: string[] }>([
    { name: 'a plain one', spec: {}, want: [] },
    {
      name: 'a name with a dot',
      spec: {},
      metadata: { name: 'a.b' },
      want: [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      ],
    },
    {
      name: 'old labels',
      spec: { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      want: ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    },
    {
      name: 'a spread of nothing',
      spec: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }] },
      want: ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
    },
    {
      name: 'an old kind of volume',
      spec: { volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] },
      want: ['spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+'],
    },
    {
      name: 'a variable twice',
      spec: {
        containers: [
          {
            name: 'c',
            image: 'a:1',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
          },
        ],
      },
      want: [`${at}.env[1]: hides previous definition of "A", which may be dropped when using apply`],
    },
    {
      name: 'half a byte',
      spec: { containers: [{ name: 'c', image: 'a:1', resources: { limits: { memory: '500m' } } }] },
      want: [
        `${at}.resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer`,
        `${at}.resources.requests[memory]: fractional byte value "500m" is invalid, must be an integer`,
      ],
    },
    {
      name: 'a port twice',
      spec: {
        containers: [
          { name: 'c', image: 'a:1', ports: [{ containerPort: 80 }, { containerPort: 80 }] },
          { name: 'd', image: 'a:1', ports: [{ containerPort: 81 }, { containerPort: 81, hostPort: 81 }] },
        ],
      },
      want: [
        `${at}.ports[1]: duplicate port definition with ${at}.ports[0]`,
        'spec.containers[1].ports[1]: overlapping port definition with spec.containers[1].ports[0]',
      ],
    },
    {
      name: 'secrets without names',
      spec: { imagePullSecrets: [{ name: 'a' }, { name: 'a' }, { name: '' }] },
      want: [
        'spec.imagePullSecrets[1].name: duplicate name "a"',
        'spec.imagePullSecrets[2].name: invalid empty name ""',
      ],
    },
    {
      name: 'impatience',
      spec: { terminationGracePeriodSeconds: -1 },
      want: ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
    },
  ])('$name', ({ spec, metadata, want }) => {
    expect(warningsOf(spec, metadata)).toEqual(want)
  })

  it('are given once, when it is made', () => {
    const pod: Pod = { metadata: { name: 'a.b' }, spec: { containers: [] } }
    expect(podWarnings(pod, pod)).toEqual([])
  })
})
