import * as baseline from './baseline-checks.ts'
import type { Check, PodView, Violation } from './check.ts'
import type { Level, LevelVersion } from './policy.ts'
import * as restricted from './restricted-checks.ts'

/** The newest version with rules of its own; later ones have the same. */
const newest = 36

interface Versioned {
  readonly id: string
  readonly level: Exclude<Level, 'privileged'>
  /** What holds from which minor version on, the newest first. */
  readonly since: readonly (readonly [minor: number, check: Check])[]
  /** The check of the baseline whose place this one takes. */
  readonly instead?: string
}

const always = (id: string, check: Check): Versioned => ({ id, level: 'baseline', since: [[0, check]] })

/** In the order in which they are named: the baseline's, then the others, both by their ids. */
const checks: readonly Versioned[] = [
  always('appArmorProfile', baseline.appArmorProfile),
  always('capabilities_baseline', baseline.capabilitiesBaseline),
  always('hostNamespaces', baseline.hostNamespaces),
  always('hostPathVolumes', baseline.hostPathVolumes),
  always('hostPorts', baseline.hostPorts),
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', since: [[34, baseline.hostProbes]] },
  always('privileged', baseline.privileged),
  {
    id: 'procMount',
    level: 'baseline',
    since: [
      [35, baseline.procMountUnlessOwnUsers],
      [0, baseline.procMount],
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    since: [
      [31, baseline.seLinuxOptionsWithEngine],
      [0, baseline.seLinuxOptions],
    ],
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    since: [
      [19, baseline.seccompBaseline],
      [0, baseline.seccompAnnotations],
    ],
  },
  {
    id: 'sysctls',
    level: 'baseline',
    since: [32, 29, 27, 0].map((minor) => [minor, baseline.sysctlsSince(minor)] as const),
  },
  always('windowsHostProcess', baseline.windowsHostProcess),
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    since: [
      [25, restricted.unlessWindows(restricted.allowPrivilegeEscalation)],
      [8, restricted.allowPrivilegeEscalation],
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    instead: 'capabilities_baseline',
    since: [
      [25, restricted.unlessWindows(restricted.capabilitiesRestricted)],
      [22, restricted.capabilitiesRestricted],
    ],
  },
  { id: 'procMount_restricted', level: 'restricted', instead: 'procMount', since: [[35, baseline.procMount]] },
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    instead: 'hostPathVolumes',
    since: [[0, restricted.restrictedVolumes]],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    since: [
      [35, restricted.unlessOwnUsers(restricted.runAsNonRoot)],
      [0, restricted.runAsNonRoot],
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    since: [
      [35, restricted.unlessOwnUsers(restricted.runAsUser)],
      [23, restricted.runAsUser],
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    instead: 'seccompProfile_baseline',
    since: [
      [25, restricted.unlessWindows(restricted.seccompRestricted)],
      [19, restricted.seccompRestricted],
    ],
  },
]

const known = new Map<string, readonly Check[]>()

/** What a level forbids of the pod. As pod-security-admission `policy/registry.go`. */
export function violations({ level, minor }: LevelVersion, pod: PodView): Violation[] {
  if (level === 'privileged') return []
  const version = Math.min(minor, newest)
  const key = `${level}:${version}`
  const own = known.get(key) ?? checksOf(level, version)
  known.set(key, own)
  return own.flatMap((check) => check(pod) ?? [])
}

function checksOf(level: Level, minor: number): Check[] {
  const found = checks.flatMap((one) => {
    const check = one.since.find(([since]) => since <= minor)?.[1]
    return check && (level === 'restricted' || one.level === 'baseline') ? [{ ...one, check }] : []
  })
  const replaced = new Set(found.map(({ instead }) => instead))
  return found.filter(({ id }) => !replaced.has(id)).map(({ check }) => check)
}
