import {
  type ConfigMap,
  LimitRange,
  type Namespace,
  ResourceQuota,
  type ResourceQuota as Quota,
  type Secret,
  Secret as SecretKind,
  type ServiceAccount,
} from '@wherry/api'
import { Quantity } from '@wherry/apimachinery'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import type { Lines } from './lines.ts'
import { describeAnnotations, describeLabels } from './metadata.ts'

export function describeConfigMap(lines: Lines, map: ConfigMap, { events, now }: DescribeContext): void {
  const { metadata, data = {}, binaryData = {}, immutable } = map
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, '')
  lines.line(0, 'Data')
  lines.line(0, '====')
  for (const key of Object.keys(data).sort()) {
    lines.line(0, `${key}:`)
    lines.line(0, '----')
    lines.line(0, `${data[key]}`)
    lines.line(0, '')
  }
  lines.line(0, '')
  lines.line(0, 'BinaryData')
  lines.line(0, '====')
  for (const key of Object.keys(binaryData).sort()) {
    lines.line(0, `${key}: ${Buffer.from(binaryData[key] ?? '', 'base64').length} bytes`)
  }
  lines.line(0, '')
  if (immutable !== undefined) lines.line(0, `Immutable:\t${immutable}`)
  describeEvents(lines, events, now)
}

/** How many bytes each value has; never the values. */
export function describeSecret(lines: Lines, secret: Secret): void {
  const { metadata, type = '', data = {} } = secret
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, '')
  lines.line(0, `Type:\t${type}`)
  lines.line(0, '')
  lines.line(0, 'Data')
  lines.line(0, '====')
  for (const key of Object.keys(data).sort()) {
    const value = Buffer.from(data[key] ?? '', 'base64')
    const isToken = type === 'kubernetes.io/service-account-token' && key === 'token'
    lines.line(0, `${key}:\t${isToken ? value.toString('utf8') : `${value.length} bytes`}`)
  }
}

export async function describeNamespace(
  lines: Lines,
  namespace: Namespace,
  { connection }: DescribeContext,
): Promise<void> {
  const { metadata, status } = namespace
  lines.line(0, `Name:\t${metadata.name}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Status:\t${status?.phase ?? ''}`)
  const conditions = status?.conditions ?? []
  if (conditions.length > 0) {
    lines.line(0, 'Conditions:')
    lines.line(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage')
    lines.line(1, '----\t------\t------------------\t------\t-------')
    for (const one of conditions) {
      lines.line(
        1,
        `${one.type}\t${one.status}\t${one.lastTransitionTime ?? ''}\t${one.reason ?? ''}\t${one.message ?? ''}`,
      )
    }
  }
  const name = metadata.name ?? ''
  const { items: quotas } = await connection.client.list(ResourceQuota, { namespace: name })
  lines.line(0, '')
  if (quotas.length === 0) lines.line(0, 'No resource quota.')
  else {
    lines.line(0, 'Resource Quotas')
    for (const quota of quotas) describeQuotaLines(lines, quota)
  }
  const { items: ranges } = await connection.client.list(LimitRange, { namespace: name })
  lines.line(0, '')
  if (ranges.length === 0) {
    lines.line(0, 'No LimitRange resource.')
    return
  }
  lines.line(0, 'Resource Limits')
  for (const range of ranges) describeRangeLines(lines, range)
}

function describeQuotaLines(lines: Lines, { metadata, spec, status }: Quota): void {
  lines.line(1, `Name:\t${metadata.name}`)
  if (spec?.scopes?.length) lines.line(1, `Scopes:\t${spec.scopes.join(', ')}`)
  lines.line(1, 'Resource\tUsed\tHard')
  lines.line(1, '--------\t---\t---')
  for (const resource of Object.keys(status?.hard ?? {}).sort()) {
    lines.line(1, `${resource}\t${status?.used?.[resource] ?? '0'}\t${status?.hard?.[resource]}`)
  }
}

function describeRangeLines(lines: Lines, { spec }: LimitRange): void {
  lines.line(0, ' Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio')
  lines.line(0, ' ----\t--------\t---\t---\t---------------\t-------------\t-----------------------')
  for (const item of spec?.limits ?? []) {
    const lists = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio]
    const names = [...new Set(lists.flatMap((amounts) => Object.keys(amounts ?? {})))].sort()
    for (const name of names) {
      const amounts = lists.map((list) => list?.[name] ?? '-')
      lines.line(0, ` ${item.type}\t${name}\t${amounts.join('\t')}`)
    }
  }
}

export function describeResourceQuota(lines: Lines, quota: Quota): void {
  const { metadata, status, spec } = quota
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  if (spec?.scopes?.length) lines.line(0, `Scopes:\t${spec.scopes.join(', ')}`)
  lines.line(0, 'Resource\tUsed\tHard')
  lines.line(0, '--------\t----\t----')
  for (const resource of Object.keys(status?.hard ?? {}).sort()) {
    lines.line(0, `${resource}\t${status?.used?.[resource] ?? '0'}\t${status?.hard?.[resource]}`)
  }
}

export function describeLimitRange(lines: Lines, range: LimitRange): void {
  lines.line(0, `Name:\t${range.metadata.name}`)
  lines.line(0, `Namespace:\t${range.metadata.namespace}`)
  lines.line(0, 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio')
  lines.line(0, '----\t--------\t---\t---\t---------------\t-------------\t-----------------------')
  for (const item of range.spec?.limits ?? []) {
    const lists = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio]
    const names = [...new Set(lists.flatMap((amounts) => Object.keys(amounts ?? {})))].sort()
    for (const name of names) {
      const amounts = lists.map((list) => list?.[name])
      const shown = amounts.map((amount) => (amount === undefined ? '-' : Quantity.parse(amount).toString()))
      lines.line(0, `${item.type}\t${name}\t${shown.join('\t')}`)
    }
  }
}

export async function describeServiceAccount(
  lines: Lines,
  account: ServiceAccount,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  const { metadata, secrets = [], imagePullSecrets = [] } = account
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  const { items } = await connection.client.list(SecretKind, {
    namespace: metadata.namespace ?? '',
    fieldSelector: 'type=kubernetes.io/service-account-token',
  })
  const tokens = items
    .filter((secret) => secret.metadata.annotations?.['kubernetes.io/service-account.name'] === metadata.name)
    .map((secret) => secret.metadata.name ?? '')
  const blocks: readonly (readonly [string, readonly string[]])[] = [
    ['Image pull secrets', imagePullSecrets.map(({ name = '' }) => name)],
    ['Mountable secrets', secrets.map(({ name = '' }) => name)],
    ['Tokens', tokens],
  ]
  for (const [title, names] of blocks) {
    if (names.length === 0 && title === 'Image pull secrets') lines.line(0, `${title}:\t<none>`)
    names.forEach((name, at) => {
      lines.line(0, `${at === 0 ? `${title}:` : ''}\t${name}`)
    })
  }
  describeEvents(lines, events, now)
}
