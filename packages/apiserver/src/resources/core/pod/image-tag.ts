const name = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const domain =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/
const tagPattern = /^\w[\w.-]{0,127}$/
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/

/**
 * The tag of an image reference; `latest` where it names neither tag nor digest, and empty where it is no reference.
 * As k8s.io/kubernetes/pkg/util/parsers `ParseImageName`.
 */
export function imageTag(image: string): string {
  const at = image.indexOf('@')
  const digest = at < 0 ? undefined : image.slice(at + 1)
  const named = at < 0 ? image : image.slice(0, at)
  const colon = named.lastIndexOf(':')
  const tagged = colon > named.lastIndexOf('/')
  const tag = tagged ? named.slice(colon + 1) : undefined
  if (digest !== undefined && !digestPattern.test(digest)) return ''
  if (tag !== undefined && !tagPattern.test(tag)) return ''
  if (!isRepository(tagged ? named.slice(0, colon) : named)) return ''
  return tag ?? (digest === undefined ? 'latest' : '')
}

/** A first part with a dot, a port or capitals is a registry's address, and so is `localhost`. */
function isRepository(text: string): boolean {
  if (/^[a-f0-9]{64}$/.test(text)) return false
  const slash = text.indexOf('/')
  const first = text.slice(0, Math.max(slash, 0))
  if (slash < 0 || !(/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first))
    return name.test(text)
  return domain.test(first) && name.test(text.slice(slash + 1))
}
