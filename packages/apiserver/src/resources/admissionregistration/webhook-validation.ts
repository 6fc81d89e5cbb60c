import type { MutatingWebhook, ValidatingWebhook, WebhookClientConfig } from '@wherry/api'
import {
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  isDNS1035Label,
  isDNS1123Subdomain,
  isPortNum,
  validateFullyQualifiedName,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { oneOf, validateMatchConditions, validateRule } from './rule-validation.ts'

type Webhook = DeepReadonly<ValidatingWebhook> | DeepReadonly<MutatingWebhook>
type Webhooks = readonly Webhook[] | undefined

const reviewVersions = ['v1', 'v1beta1']
const noSideEffects = ['None', 'NoneOnDryRun']
const sideEffects = ['None', 'NoneOnDryRun', 'Some', 'Unknown']

/** What webhooks that are stored already may keep, though new ones may not have it. */
interface Leniency {
  readonly unknownVersions: boolean
  readonly sameNames: boolean
  readonly sideEffects: boolean
  readonly labelValues: boolean
  readonly conditions: boolean
}

/** As pkg/apis/admissionregistration/validation `ValidateValidatingWebhookConfiguration` and its twin. */
export function validateWebhooks(webhooks: Webhooks, old?: { readonly webhooks: Webhooks }): FieldError[] {
  const leniency = leniencyFor(webhooks ?? [], old && (old.webhooks ?? []))
  const names = new Set<string>()
  return (webhooks ?? []).flatMap((webhook, i) => {
    const field = `webhooks[${i}]`
    const { name = '', admissionReviewVersions = [] } = webhook
    const errors = [
      ...validateWebhook(webhook, field, leniency),
      ...validateVersions(admissionReviewVersions, `${field}.admissionReviewVersions`, leniency),
    ]
    if (names.has(name) && name !== '' && !leniency.sameNames) errors.push(fieldDuplicate(`${field}.name`, name))
    names.add(name)
    return errors
  })
}

function leniencyFor(webhooks: readonly Webhook[], old: readonly Webhook[] | undefined): Leniency {
  const before = old ?? []
  const selects = ({ namespaceSelector, objectSelector }: Webhook) =>
    [namespaceSelector, objectSelector].some((selector) => selector && validateLabelSelector(selector, '').length > 0)
  return {
    unknownVersions: before.some(
      ({ admissionReviewVersions: versions = [] }) =>
        versions.length > 0 && !versions.some((version) => reviewVersions.includes(version)),
    ),
    sameNames: new Set(before.map(({ name }) => name)).size < before.length,
    sideEffects: before.some((webhook) => !noSideEffects.includes(webhook.sideEffects ?? '')),
    labelValues: before.some(selects),
    conditions:
      old?.length === webhooks.length &&
      webhooks.every((webhook, i) => deepEqual(webhook.matchConditions, before[i]?.matchConditions)),
  }
}

function validateWebhook(webhook: Webhook, field: string, leniency: Leniency): FieldError[] {
  const effects = leniency.sideEffects ? sideEffects : noSideEffects
  const { timeoutSeconds: timeout } = webhook
  const allowed = { allowInvalidValues: leniency.labelValues }
  const reinvocation = 'reinvocationPolicy' in webhook ? webhook.reinvocationPolicy : undefined
  return [
    ...validateFullyQualifiedName(`${field}.name`, webhook.name ?? ''),
    ...(webhook.rules ?? []).flatMap((rule, i) => validateRule(rule, `${field}.rules[${i}]`)),
    ...oneOf(`${field}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']),
    ...oneOf(`${field}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']),
    ...(webhook.sideEffects === undefined
      ? [fieldRequired(`${field}.sideEffects`, `must specify one of ${effects.join(', ')}`)]
      : oneOf(`${field}.sideEffects`, webhook.sideEffects, effects)),
    ...(timeout !== undefined && (timeout < 1 || timeout > 30)
      ? [fieldInvalid(`${field}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...(['namespaceSelector', 'objectSelector'] as const).flatMap((name) =>
      webhook[name] ? validateLabelSelector(webhook[name], `${field}.${name}`, allowed) : [],
    ),
    ...oneOf(`${field}.reinvocationPolicy`, reinvocation, ['IfNeeded', 'Never']),
    ...validateClientConfig(webhook.clientConfig ?? {}, `${field}.clientConfig`),
    ...(leniency.conditions ? [] : validateMatchConditions(webhook.matchConditions, `${field}.matchConditions`)),
  ]
}

function validateVersions(versions: readonly string[], field: string, leniency: Leniency): FieldError[] {
  if (versions.length === 0) return [fieldRequired(field, `must specify one of ${reviewVersions.join(', ')}`)]
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [fieldInvalid(`${field}[${i}]`, version, 'duplicate version')]
      : refusals(`${field}[${i}]`, version, isDNS1035Label(version)),
  )
  const known = versions.some((version) => reviewVersions.includes(version))
  if (known || leniency.unknownVersions) return errors
  return [...errors, fieldInvalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`)]
}

function validateClientConfig({ url, service }: DeepReadonly<WebhookClientConfig>, field: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [fieldRequired(field, 'exactly one of url or service is required')]
  }
  if (url !== undefined) return validateURL(url, `${field}.url`)
  return validateService(service ?? {}, `${field}.service`)
}

/** As apiserver `util/webhook.ValidateWebhookURL`. */
function validateURL(text: string, field: string): FieldError[] {
  const form = '; desired format: https://host[/path]'
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Go refuses
  if (!match || /[\x00-\x1f\x7f]/.test(text)) {
    const detail = `url must be a valid URL: parse ${JSON.stringify(text)}: net/url: invalid control character in URL${form}`
    return [fieldRequired(field, detail)]
  }
  const [, scheme = '', authority = '', , query = '', fragment = ''] = match
  const at = authority.lastIndexOf('@')
  const [user, host] = at < 0 ? [undefined, authority] : [authority.slice(0, at), authority.slice(at + 1)]
  const errors: FieldError[] = []
  if (scheme.toLowerCase() !== 'https') {
    errors.push(fieldInvalid(field, scheme, `'https' is the only allowed URL scheme${form}`))
  }
  if (host === '') errors.push(fieldInvalid(field, '', `host must be specified${form}`))
  if (user !== undefined) errors.push(fieldInvalid(field, user, 'user information is not permitted in the URL'))
  if (fragment !== '') errors.push(fieldInvalid(field, fragment, 'fragments are not permitted in the URL'))
  if (query !== '') errors.push(fieldInvalid(field, query, 'query parameters are not permitted in the URL'))
  return errors
}

type Service = { readonly name?: string; readonly namespace?: string; readonly port?: number; readonly path?: string }

/** As apiserver `util/webhook.ValidateWebhookService`. */
function validateService({ name, namespace, port = 0, path = '' }: Service, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (!name) errors.push(fieldRequired(`${field}.name`))
  if (!namespace) errors.push(fieldRequired(`${field}.namespace`))
  const refused = isPortNum(port)
  if (refused.length > 0) {
    errors.push(fieldInvalid(`${field}.port`, port, `port is not valid: ${refused.join(', ')}`))
  }
  if (path === '' || path === '/') return errors
  const refuse = (detail: string) => errors.push(fieldInvalid(`${field}.path`, path, detail))
  if (path === '//') {
    refuse('segment[0] may not be empty')
    return errors
  }
  if (!path.startsWith('/')) refuse("must start with a '/'")
  for (const [i, part] of path.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (part === '') refuse(`segment[${i}] may not be empty`)
    else for (const detail of isDNS1123Subdomain(part)) refuse(`segment[${i}]: ${detail}`)
  }
  return errors
}
