import type { WindowsSecurityContextOptions } from '@wherry/api'
import { byteLength, type DeepReadonly, type FieldError, fieldInvalid, isDNS1123Subdomain } from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { containersOf, type Spec } from './context.ts'

const maxSpecKiB = 64
const maxDomain = 256
const maxUser = 104
const netBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const dnsPart = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const dnsDomain = new RegExp(`^${dnsPart}(?:\\.${dnsPart})*$`)

/** As `validateWindowsSecurityContextOptions`. */
export function validateWindowsOptions(
  options: DeepReadonly<WindowsSecurityContextOptions> | undefined,
  field: string,
): FieldError[] {
  if (!options) return []
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options
  const errors: FieldError[] = []
  if (name !== undefined) errors.push(...refusals(`${field}.gmsaCredentialSpecName`, name, isDNS1123Subdomain(name)))
  if (spec === '') {
    errors.push(fieldInvalid(`${field}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string'))
  } else if (spec !== undefined && byteLength(spec) > maxSpecKiB * 1024) {
    const detail = `gmsaCredentialSpec size must be under ${maxSpecKiB} KiB`
    errors.push(fieldInvalid(`${field}.gmsaCredentialSpec`, spec, detail))
  }
  if (user !== undefined) errors.push(...refusals(`${field}.runAsUserName`, user, userFaults(user)))
  return errors
}

/** `DOMAIN\USER`, the domain and its backslash optional. */
function userFaults(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if ([...name].some((char) => char < ' ' || char === '\u007f')) {
    return ['runAsUserName cannot contain control characters']
  }
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const user = parts.at(-1) ?? ''
  const domain = parts.length === 2 ? parts[0] : undefined
  const faults: string[] = []
  if (domain !== undefined) {
    if (byteLength(domain) >= maxDomain) {
      faults.push(`runAsUserName's Domain length must be under ${maxDomain} characters`)
    }
    if (!netBIOS.test(domain) && !dnsDomain.test(domain)) {
      faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    }
  }
  if (user === '') faults.push("runAsUserName's User cannot be empty")
  else if (byteLength(user) > maxUser) {
    faults.push(`runAsUserName's User length must not be longer than ${maxUser} characters`)
  }
  if (/^[. ]+$/.test(user)) faults.push("runAsUserName's User cannot contain only periods or spaces")
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    faults.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
  }
  return faults
}

/** Either all containers are host processes or none. As `validateWindowsHostProcessPod`. */
export function validateHostProcess(spec: Spec, field: string): FieldError[] {
  const own = spec.securityContext?.windowsOptions?.hostProcess
  const containers = containersOf(spec, field)
  const errors: FieldError[] = []
  let count = 0
  for (const [{ securityContext }, at] of containers) {
    const host = securityContext?.windowsOptions?.hostProcess
    if (own !== undefined && host !== undefined && own !== host) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${own}`
      errors.push(fieldInvalid(`${at}.securityContext.windowsOptions.hostProcess`, host, detail))
    }
    if (host ?? own) count++
  }
  if (count === 0) return errors
  if (count !== containers.length) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers'
    errors.push(fieldInvalid(field, '', detail))
  }
  if (!spec.hostNetwork) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers'
    errors.push(fieldInvalid(`${field}.hostNetwork`, false, detail))
  }
  return errors
}
