/** How upstream's API services are ranked (`pkg/controlplane/apiserver/aggregator.go`): higher comes first. */
const priorities: Readonly<Record<string, number>> = {
  'apiregistration.k8s.io': 20_000,
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'storagemigration.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700,
  'apiextensions.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'internal.apiserver.k8s.io': 16_000,
  'resource.k8s.io': 15_900,
}
const customPriority = 1000

/** Versions inside of their group: nearly all built-in ones have the same. */
const versionPriorities: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'flowcontrol.apiserver.k8s.io/v1': 21,
}
const builtInVersionPriority = 15
const customVersionPriority = 100

/** How a group version that the server has itself is ranked among all others. */
export function prioritiesOf(group: string, version: string): { group: number; version: number } {
  const builtIn = priorities[group]
  if (builtIn === undefined) return { group: customPriority, version: customVersionPriority }
  return { group: builtIn, version: versionPriorities[`${group}/${version}`] ?? builtInVersionPriority }
}

/** Orders groups as discovery lists them: by rank, then by name. */
export function compareGroups(a: string, b: string): number {
  const difference = (priorities[b] ?? customPriority) - (priorities[a] ?? customPriority)
  return difference || (a < b ? -1 : a > b ? 1 : 0)
}

/** Orders versions, the preferred one first: GA before beta before alpha, newer before older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)]
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : 1
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor
}

function rank(version: string): { stage: number; major: number; minor: number } | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version)
  if (!match) return undefined
  const [, major, stage, minor] = match
  return { stage: stage === undefined ? 2 : stage === 'beta' ? 1 : 0, major: Number(major), minor: Number(minor ?? 0) }
}
