import type { CustomResourceConversion } from '@wherry/api'
import {
  child,
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  index,
  isDNS1035Label,
} from '@wherry/apimachinery'

type Conversion = DeepReadonly<CustomResourceConversion>

const accepted = ['v1', 'v1beta1']

/** Whether the list of review versions is one that a server of today can use. */
export function hasKnownReviewVersion(conversion: Conversion | undefined): boolean {
  const versions = conversion?.webhook?.conversionReviewVersions ?? []
  return versions.length === 0 || versions.some((version) => accepted.includes(version))
}

/**
 * How versions are converted. Paths are those of upstream's internal form, which its messages show. As upstream:
 * `validateCustomResourceConversion`.
 */
export function conversionErrors(
  conversion: Conversion | undefined,
  requireKnown: boolean,
  path: string,
): FieldError[] {
  if (!conversion) return []
  const { strategy, webhook } = conversion
  const errors: FieldError[] = []
  if (strategy !== 'None' && strategy !== 'Webhook') {
    errors.push(fieldNotSupported(child(path, 'strategy'), strategy, ['None', 'Webhook']))
  }
  const client = child(path, 'webhookClientConfig')
  const versions = child(path, 'conversionReviewVersions')
  if (strategy !== 'Webhook') {
    const detail = 'should not be set when strategy is not set to Webhook'
    if (webhook?.clientConfig) errors.push(fieldForbidden(client, detail))
    if (webhook?.conversionReviewVersions?.length) errors.push(fieldForbidden(versions, detail))
    return errors
  }
  const config = webhook?.clientConfig
  if (!config) errors.push(fieldRequired(client, 'required when strategy is set to Webhook'))
  else if ((config.url === undefined) === (config.service === undefined)) {
    errors.push(fieldRequired(client, 'exactly one of url or service is required'))
  } else if (config.url !== undefined) errors.push(...urlErrors(config.url, child(client, 'url')))
  else if (config.service) errors.push(...serviceErrors(config.service, child(client, 'service')))
  return [...errors, ...reviewErrors(webhook?.conversionReviewVersions ?? [], requireKnown, versions)]
}

function reviewErrors(versions: readonly string[], requireKnown: boolean, path: string): FieldError[] {
  if (versions.length === 0) return [fieldRequired(path)]
  const errors: FieldError[] = []
  for (const [at, version] of versions.entries()) {
    if (versions.indexOf(version) < at) errors.push(fieldInvalid(index(path, at), version, 'duplicate version'))
    else for (const refused of isDNS1035Label(version)) errors.push(fieldInvalid(index(path, at), version, refused))
  }
  if (requireKnown && !versions.some((version) => accepted.includes(version))) {
    errors.push(fieldInvalid(path, versions, `must include at least one of ${accepted.join(', ')}`))
  }
  return errors
}

const form = 'desired format: https://host[/path]'

/** As upstream: apiserver/pkg/util/webhook, `ValidateWebhookURL`. */
function urlErrors(value: string, path: string): FieldError[] {
  let url: URL
  try {
    url = new URL(value)
  } catch {
    return [
      fieldRequired(path, `url must be a valid URL: parse ${JSON.stringify(value)}: invalid URI for request; ${form}`),
    ]
  }
  const errors: FieldError[] = []
  if (url.protocol !== 'https:') {
    errors.push(fieldInvalid(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`))
  }
  if (url.host === '') errors.push(fieldInvalid(path, url.host, `host must be specified; ${form}`))
  if (url.username !== '' || url.password !== '') {
    errors.push(fieldInvalid(path, url.username, 'user information is not permitted in the URL'))
  }
  if (url.hash !== '') errors.push(fieldInvalid(path, url.hash.slice(1), 'fragments are not permitted in the URL'))
  if (url.search !== '')
    errors.push(fieldInvalid(path, url.search.slice(1), 'query parameters are not permitted in the URL'))
  return errors
}

function serviceErrors(
  service: { readonly name: string; readonly namespace: string; readonly path?: string; readonly port?: number },
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (!service.name) errors.push(fieldRequired(child(path, 'name'), 'service name is required'))
  if (!service.namespace) errors.push(fieldRequired(child(path, 'namespace'), 'service namespace is required'))
  const { port = 443, path: urlPath } = service
  if (port < 1 || port > 65_535) {
    errors.push(fieldInvalid(child(path, 'port'), port, 'port is not valid: must be between 1 and 65535, inclusive'))
  }
  if (urlPath !== undefined && !urlPath.startsWith('/')) {
    errors.push(fieldInvalid(child(path, 'path'), urlPath, "must start with a '/'"))
  }
  return errors
}
