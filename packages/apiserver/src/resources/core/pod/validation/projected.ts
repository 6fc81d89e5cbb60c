import type { ProjectedVolumeSource, VolumeProjection } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldForbidden, fieldInvalid, fieldRequired } from '@wherry/apimachinery'
import { validateDownwardFile, validateKeyToPath, validateMode, validateNonReservedPath } from './files.ts'

const minTokenSeconds = 600
const maxTokenSeconds = 2 ** 32

/** Several sources in one volume; no two of them at one path. As `validateProjectedVolumeSource`. */
export function validateProjected(volume: DeepReadonly<ProjectedVolumeSource>, field: string): FieldError[] {
  const errors = validateMode(volume.defaultMode, `${field}.defaultMode`)
  const paths = new Set<string>()
  for (const [i, source] of (volume.sources ?? []).entries()) {
    const at = `${field}.sources[${i}]`
    errors.push(...validateSource(source, at))
    for (const path of pathsOf(source)) {
      if (paths.has(path)) errors.push(fieldInvalid(field, path, 'conflicting duplicate paths'))
      paths.add(path)
    }
  }
  return errors
}

function validateSource(source: DeepReadonly<VolumeProjection>, field: string): FieldError[] {
  const present = Object.keys(source).filter((key) => Reflect.get(source, key) !== undefined)
  const errors: FieldError[] = present
    .slice(1)
    .map((name) => fieldForbidden(`${field}.${name}`, 'may not specify more than 1 volume type'))
  for (const name of ['secret', 'configMap'] as const) {
    const files = source[name]
    if (!files) continue
    if (!files.name) errors.push(fieldRequired(`${field}.${name}.name`))
    const items = files.items ?? []
    errors.push(...items.flatMap((item, i) => validateKeyToPath(item, `${field}.${name}.items[${i}]`)))
  }
  for (const file of source.downwardAPI?.items ?? []) {
    errors.push(...validateDownwardFile(file, `${field}.downwardAPI`))
  }
  const token = source.serviceAccountToken
  if (!token) return errors
  const at = `${field}.serviceAccountToken`
  const seconds = token.expirationSeconds ?? 0
  if (seconds < minTokenSeconds) {
    errors.push(fieldInvalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'))
  } else if (seconds > maxTokenSeconds) {
    const detail = 'may not specify a duration larger than 2^32 seconds'
    errors.push(fieldInvalid(`${at}.expirationSeconds`, seconds, detail))
  }
  if (!token.path) errors.push(fieldRequired(`${at}.path`))
  else errors.push(...validateNonReservedPath(token.path, `${at}.path`))
  return errors
}

function pathsOf(source: DeepReadonly<VolumeProjection>): string[] {
  const files = [source.secret, source.configMap].flatMap((files) => files?.items ?? [])
  return [
    ...files.map(({ path }) => path),
    ...(source.downwardAPI?.items ?? []).map(({ path }) => path),
    ...(source.serviceAccountToken ? [source.serviceAccountToken.path] : []),
  ].filter((path) => path)
}
