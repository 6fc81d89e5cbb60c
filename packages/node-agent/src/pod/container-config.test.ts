import type { Container, PodSpec } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { aContainerSpec, aPodObject } from '../../testing/builders.ts'
import { containerConfig } from './container-config.ts'

function config(container: Partial<Container>, spec: Partial<PodSpec> = {}, rootAgent = false) {
  const made = aContainerSpec('main', container)
  return containerConfig({
    pod: aPodObject({ containers: [made], ...spec }),
    container: made,
    attempt: 2,
    env: new Map([['NAME', 'x']]),
    volumes: new Map([
      ['data', { path: '/v/data', readOnly: false, host: false }],
      ['conf', { path: '/v/conf', readOnly: true, host: false }],
    ]),
    rootDir: '/root-dir',
    hostsFile: '/hosts',
    terminationFile: '/message',
    rootAgent,
  })
}

const own = [
  { containerPath: '/etc/hosts', hostPath: '/hosts', readonly: false, optional: true },
  { containerPath: '/dev/termination-log', hostPath: '/message', readonly: false, optional: true },
]

describe('what a runtime is asked to create', () => {
  it('has commands with variables put in, and a log of the attempt', () => {
    const made = config({ command: ['run', '$(NAME)'], args: ['$(NONE)'] })
    expect(made).toMatchObject({ command: ['run', 'x'], args: ['$(NONE)'], metadata: { name: 'main', attempt: 2 } })
    expect(made.logPath).toBe('/root-dir/logs/default_web_u1/main/2.log')
  })

  it('mounts volumes, parts of volumes, and the files that every container has', () => {
    const volumeMounts = [
      { name: 'data', mountPath: '/data' },
      { name: 'data', mountPath: '/part', subPathExpr: 'dir/$(NAME)' },
      { name: 'conf', mountPath: '/conf' },
      { name: 'data', mountPath: '/ro', readOnly: true },
    ]
    expect(config({ volumeMounts }).mounts).toEqual([
      { containerPath: '/data', hostPath: '/v/data', readonly: false },
      { containerPath: '/part', hostPath: '/v/data/dir/x', readonly: false },
      { containerPath: '/conf', hostPath: '/v/conf', readonly: true },
      { containerPath: '/ro', hostPath: '/v/data', readonly: true },
      ...own,
    ])
  })

  it('leaves /etc/hosts to a pod that mounts its own', () => {
    const { mounts } = config({ volumeMounts: [{ name: 'data', mountPath: '/etc/hosts', subPath: 'hosts' }] })
    expect(mounts.filter(({ containerPath }) => containerPath === '/etc/hosts')).toHaveLength(1)
  })

  it.each([
    {
      container: { volumeMounts: [{ name: 'none', mountPath: '/x' }] },
      message: 'cannot find volume "none" to mount into container "main"',
    },
    {
      container: { volumeMounts: [{ name: 'data', mountPath: '/x', subPath: '../up' }] },
      message: 'failed to prepare subPath for volumeMount "data" of container "main"',
    },
    {
      container: { volumeMounts: [{ name: 'data', mountPath: '/x', subPathExpr: '$(NONE)' }] },
      message: 'missing value for "NONE"',
    },
    {
      container: { securityContext: { runAsNonRoot: true, runAsUser: 0 } },
      message: "container's runAsUser breaks non-root policy",
    },
  ])('is refused: $message', ({ container, message }) => {
    expect(() => config(container)).toThrow(message)
  })

  it('may not be root when it must not', () => {
    expect(() => config({}, { securityContext: { runAsNonRoot: true } }, true)).toThrow(
      'container has runAsNonRoot and image will run as root',
    )
    expect(config({}, { securityContext: { runAsNonRoot: true, runAsUser: 1000 } }, true)).toMatchObject({
      runAsUser: 1000,
    })
    expect(() => config({}, { securityContext: { runAsNonRoot: true } }, false)).not.toThrow()
  })

  it('takes its user from the container, then from the pod', () => {
    const spec = { securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] } }
    expect(config({ securityContext: { runAsUser: 9 } }, spec)).toMatchObject({
      runAsUser: 9,
      runAsGroup: 2,
      supplementalGroups: [4, 3],
    })
  })
})
