import type { Container, ObjectMeta, PodSpec, Volume } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { violations } from './evaluate.ts'
import { type Level, levelText, policyOf } from './policy.ts'

const latest = Number.POSITIVE_INFINITY
const spec = (container: Partial<Container>, rest: Partial<PodSpec> = {}): PodSpec => ({
  containers: [{ name: 'a', ...container }],
  ...rest,
})
const context = (securityContext: Container['securityContext'] & object) => spec({ securityContext })
const pods = (securityContext: PodSpec['securityContext'] & object) => spec({}, { securityContext })
const safe = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}
const strict = (more: object = {}, rest: Partial<PodSpec> = {}) => spec({ securityContext: { ...safe, ...more } }, rest)
const volume = (source: Partial<Volume>): Volume => ({ name: 'v', ...source })

function found(level: Level, minor: number, podSpec: PodSpec, metadata: ObjectMeta = {}): string[] {
  return violations({ level, minor }, { metadata, spec: podSpec }).map(({ reason, detail }) => `${reason} (${detail})`)
}

describe('the baseline level', () => {
  it.each<[what: string, spec: PodSpec, ...violations: string[]]>([
    ['a plain pod', spec({})],
    [
      'privileged containers',
      context({ privileged: true }),
      'privileged (container "a" must not set securityContext.privileged=true)',
    ],
    [
      'all kinds of containers',
      {
        initContainers: [{ name: 'i', securityContext: { privileged: true } }],
        containers: [{ name: 'c', securityContext: { privileged: true } }],
        ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }],
      },
      'privileged (containers "i", "c", "e" must not set securityContext.privileged=true)',
    ],
    [
      'capabilities',
      context({ capabilities: { add: ['KILL', 'NET_RAW', 'BPF'] } }),
      'non-default capabilities (container "a" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
    ],
    [
      'namespaces of the host',
      spec({}, { hostNetwork: true, hostPID: true, hostIPC: true }),
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    ],
    [
      'paths of the host',
      spec({}, { volumes: [volume({ hostPath: { path: '/' } })] }),
      'hostPath volumes (volume "v")',
    ],
    [
      'ports of the host',
      spec({ ports: [{ containerPort: 1, hostPort: 80 }, { containerPort: 2, hostPort: 443 }, { containerPort: 3 }] }),
      'hostPort (container "a" uses hostPorts 443, 80)',
    ],
    [
      'probes of other hosts',
      spec({
        livenessProbe: { httpGet: { port: 1, host: 'x' } },
        lifecycle: { preStop: { tcpSocket: { port: 1, host: 'y' } } },
      }),
      'probe or lifecycle host (container "a" uses probe or lifecycle hosts "x", "y")',
    ],
    [
      'proc mounts',
      context({ procMount: 'Unmasked' }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    ['proc mounts of own users', spec({ securityContext: { procMount: 'Unmasked' } }, { hostUsers: false })],
    [
      'SELinux options',
      pods({ seLinuxOptions: { type: 'foo', user: 'u', role: 'r' } }),
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "foo"; user may not be set; role may not be set)',
    ],
    ['SELinux engines', pods({ seLinuxOptions: { type: 'container_engine_t' } })],
    [
      'seccomp profiles',
      {
        ...context({ seccompProfile: { type: 'Unconfined' } }),
        securityContext: { seccompProfile: { type: 'Unconfined' } },
      },
      'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'sysctls',
      pods({
        sysctls: [
          { name: 'a', value: '' },
          { name: 'net.ipv4.tcp_rmem', value: '' },
          { name: 'b', value: '' },
        ],
      }),
      'forbidden sysctls (a, b)',
    ],
    [
      'host processes',
      pods({ windowsOptions: { hostProcess: true } }),
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      'AppArmor profiles',
      context({ appArmorProfile: { type: 'Unconfined' } }),
      'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined")',
    ],
  ])('judges %s', (_, podSpec, ...want) => {
    expect(found('baseline', latest, podSpec)).toEqual(want)
  })

  it('reads the annotations of old', () => {
    const annotations = {
      'container.apparmor.security.beta.kubernetes.io/a': 'unconfined',
      'seccomp.security.alpha.kubernetes.io/pod': 'unconfined',
    }
    expect(found('baseline', 18, spec({}), { annotations })).toEqual([
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/a=\\"unconfined\\"")',
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    ])
  })

  it.each<[minor: number, spec: PodSpec, count: number]>([
    [33, spec({ livenessProbe: { httpGet: { port: 1, host: 'x' } } }), 0],
    [34, spec({ livenessProbe: { httpGet: { port: 1, host: 'x' } } }), 1],
    [34, spec({ securityContext: { procMount: 'Unmasked' } }, { hostUsers: false }), 1],
    [30, pods({ seLinuxOptions: { type: 'container_engine_t' } }), 1],
    [26, pods({ sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports', value: '' }] }), 1],
    [27, pods({ sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports', value: '' }] }), 0],
    [31, pods({ sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '' }] }), 1],
    [99, pods({ sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '' }] }), 0],
  ])('as of 1.%s judges %j', (minor, podSpec, count) => {
    expect(found('baseline', minor, podSpec)).toHaveLength(count)
  })
})

describe('the restricted level', () => {
  it.each<[what: string, spec: PodSpec, ...violations: string[]]>([
    ['a safe pod', strict()],
    [
      'a plain pod',
      spec({}),
      'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
      'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    ['capabilities to bind ports', strict({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })],
    [
      'other capabilities',
      strict({ capabilities: { add: ['KILL'] } }),
      'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; container "a" must not include "KILL" in securityContext.capabilities.add)',
    ],
    [
      'volumes',
      strict(
        {},
        {
          volumes: [
            volume({ hostPath: { path: '/' } }),
            { name: 'n', nfs: { path: '/', server: 's' } },
            volume({ emptyDir: {} }),
          ],
        },
      ),
      'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs")',
    ],
    ['root', strict({ runAsUser: 0 }), 'runAsUser=0 (container "a" must not set runAsUser=0)'],
    ['root of own users', strict({ runAsUser: 0, runAsNonRoot: false }, { hostUsers: false })],
    [
      'users that are named as root',
      strict({ runAsNonRoot: false }),
      'runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'explicit profiles',
      strict({ seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    ['Windows', spec({ securityContext: { runAsNonRoot: true } }, { os: { name: 'windows' } })],
    [
      'proc mounts of own users',
      strict({ procMount: 'Unmasked' }, { hostUsers: false }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'all of the baseline, too',
      strict({ privileged: true }),
      'privileged (container "a" must not set securityContext.privileged=true)',
    ],
  ])('judges %s', (_, podSpec, ...want) => {
    expect(found('restricted', latest, podSpec)).toEqual(want)
  })

  it.each([
    [7, ['runAsNonRoot']],
    [8, ['allowPrivilegeEscalation', 'runAsNonRoot']],
    [19, ['allowPrivilegeEscalation', 'runAsNonRoot', 'seccompProfile']],
    [22, ['allowPrivilegeEscalation', 'unrestricted', 'runAsNonRoot', 'seccompProfile']],
  ])('as of 1.%s has the checks %j', (minor, want) => {
    expect(found('restricted', minor, spec({})).map((text) => text.split(' ')[0])).toEqual(want)
  })
})

describe('the labels of a namespace', () => {
  const prefix = 'pod-security.kubernetes.io/'
  it.each<[labels: Record<string, string>, enforce: string, warn: string, ...errors: string[]]>([
    [{}, 'privileged:latest', 'privileged:latest'],
    [{ enforce: 'baseline' }, 'baseline:latest', 'baseline:latest'],
    [{ enforce: 'baseline', 'enforce-version': 'v1.5' }, 'baseline:v1.5', 'baseline:v1.5'],
    [{ enforce: 'baseline', warn: 'restricted' }, 'baseline:latest', 'restricted:latest'],
    [{ enforce: 'restricted', warn: 'privileged' }, 'restricted:latest', 'privileged:latest'],
    [{ enforce: 'baseline', 'warn-version': 'v1.9' }, 'baseline:latest', 'baseline:v1.9'],
    [{ 'enforce-version': 'v1.5' }, 'privileged:v1.5', 'privileged:latest'],
    [
      { enforce: 'x', 'enforce-version': '1.5' },
      'restricted:latest',
      'privileged:latest',
      `metadata.labels[${prefix}enforce]: Invalid value: "x": must be one of privileged, baseline, restricted`,
      `metadata.labels[${prefix}enforce-version]: Invalid value: "1.5": must be "latest" or "v1.x"`,
    ],
    [
      { audit: 'x', warn: 'y', 'warn-version': 'v1.05' },
      'privileged:latest',
      'privileged:latest',
      `metadata.labels[${prefix}audit]: Invalid value: "x": must be one of privileged, baseline, restricted`,
      `metadata.labels[${prefix}warn]: Invalid value: "y": must be one of privileged, baseline, restricted`,
      `metadata.labels[${prefix}warn-version]: Invalid value: "v1.05": must be "latest" or "v1.x"`,
    ],
  ])('%j enforce %s and warn of %s', (labels, enforce, warn, ...errors) => {
    const policy = policyOf(Object.fromEntries(Object.entries(labels).map(([key, value]) => [prefix + key, value])))
    expect([levelText(policy.enforce), levelText(policy.warn)]).toEqual([enforce, warn])
    expect(policy.errors.map(formatFieldError)).toEqual(errors)
  })
})
