import type { MutatingWebhook, RuleWithOperations, ValidatingWebhook, WebhookClientConfig } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isFullyQualifiedDomainName,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'

type Webhook = DeepReadonly<ValidatingWebhook> | DeepReadonly<MutatingWebhook>

/** As pkg/apis/admissionregistration/validation `ValidateValidatingWebhookConfiguration` and its twin. */
export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [i, webhook] of (webhooks ?? []).entries()) {
    const field = `webhooks[${i}]`
    errors.push(...validateWebhook(webhook, field))
    if (names.has(webhook.name)) errors.push(fieldDuplicate(`${field}.name`, webhook.name))
    names.add(webhook.name)
  }
  return errors
}

function validateWebhook(webhook: Webhook, field: string): FieldError[] {
  const name = webhook.name ?? ''
  const errors = name === '' ? [fieldRequired(`${field}.name`)] : refusals(`${field}.name`, name, fullyQualified(name))
  const versions = webhook.admissionReviewVersions ?? []
  if (versions.length === 0) {
    errors.push(fieldRequired(`${field}.admissionReviewVersions`, 'must specify one of v1, v1beta1'))
  } else if (!versions.includes('v1') && !versions.includes('v1beta1')) {
    const detail = 'must include at least one of v1, v1beta1'
    errors.push(fieldInvalid(`${field}.admissionReviewVersions`, versions, detail))
  }
  errors.push(...(webhook.rules ?? []).flatMap((rule, i) => validateRule(rule, `${field}.rules[${i}]`)))
  oneOf(errors, `${field}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore'])
  oneOf(errors, `${field}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact'])
  if (!webhook.sideEffects) {
    errors.push(fieldRequired(`${field}.sideEffects`, 'must specify one of None, NoneOnDryRun'))
  } else oneOf(errors, `${field}.sideEffects`, webhook.sideEffects, ['None', 'NoneOnDryRun'])
  const timeout = webhook.timeoutSeconds
  if (timeout !== undefined && (timeout < 1 || timeout > 30)) {
    const detail = 'the timeout value must be between 1 and 30 seconds'
    errors.push(fieldInvalid(`${field}.timeoutSeconds`, timeout, detail))
  }
  for (const selector of ['namespaceSelector', 'objectSelector'] as const) {
    if (webhook[selector]) errors.push(...validateLabelSelector(webhook[selector], `${field}.${selector}`))
  }
  return [...errors, ...validateClientConfig(webhook.clientConfig ?? {}, `${field}.clientConfig`)]
}

function fullyQualified(name: string): string[] {
  const refused = isFullyQualifiedDomainName(name)
  if (refused.length > 0) return refused
  return name.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : []
}

function validateClientConfig({ url, service }: DeepReadonly<WebhookClientConfig>, field: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [fieldRequired(field, 'exactly one of url or service is required')]
  }
  if (url !== undefined) {
    if (!URL.canParse(url)) return [fieldRequired(`${field}.url`, 'url must be a valid URL')]
    const detail = "'https' is the only allowed URL scheme; desired format: https://host[/path]"
    const scheme = new URL(url).protocol.slice(0, -1)
    return scheme === 'https' ? [] : [fieldInvalid(`${field}.url`, scheme, detail)]
  }
  const errors: FieldError[] = []
  if (!service?.name) errors.push(fieldRequired(`${field}.service.name`, 'service name is required'))
  if (!service?.namespace) errors.push(fieldRequired(`${field}.service.namespace`, 'service namespace is required'))
  return errors
}

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

function validateRule(rule: DeepReadonly<RuleWithOperations>, field: string): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['operations', 'apiGroups', 'apiVersions', 'resources'] as const) {
    const values = rule[name] ?? []
    if (values.length === 0) errors.push(fieldRequired(`${field}.${name}`))
    if (name !== 'resources' && values.length > 1 && values.includes('*')) {
      errors.push(fieldInvalid(`${field}.${name}`, values, "if '*' is present, must not specify other values"))
    }
  }
  for (const [i, operation] of (rule.operations ?? []).entries()) {
    oneOf(errors, `${field}.operations[${i}]`, operation, operations)
  }
  oneOf(errors, `${field}.scope`, rule.scope, ['*', 'Cluster', 'Namespaced'])
  return errors
}

function oneOf(errors: FieldError[], field: string, value: string | undefined, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value)) errors.push(fieldNotSupported(field, value, values))
}
