import type { DownwardAPIVolumeFile, KeyToPath } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid, fieldRequired } from '@wherry/apimachinery'
import { validateFieldRef, validateResourceRef, volumePaths } from './env.ts'
import { validateDescendingPath } from './mounts.ts'

const modeDetail = 'must be a number between 0 and 0777 (octal), both inclusive'

/** The files of a Secret or ConfigMap, and the mode of all others. */
export function validateFiles(
  source: { readonly defaultMode?: number; readonly items?: DeepReadonly<KeyToPath[]> } | undefined,
  field: string,
): FieldError[] {
  return [
    ...validateMode(source?.defaultMode, `${field}.defaultMode`),
    ...(source?.items ?? []).flatMap((item, i) => validateKeyToPath(item, `${field}.items[${i}]`)),
  ]
}

export function validateMode(mode: number | undefined, field: string): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777) ? [] : [fieldInvalid(field, mode, modeDetail)]
}

/** As `validateKeyToPath`. */
export function validateKeyToPath({ key, path, mode }: DeepReadonly<KeyToPath>, field: string): FieldError[] {
  const errors: FieldError[] = key ? [] : [fieldRequired(`${field}.key`)]
  if (!path) errors.push(fieldRequired(`${field}.path`))
  else errors.push(...validateNonReservedPath(path, `${field}.path`))
  return [...errors, ...validateMode(mode, `${field}.mode`)]
}

/** A path within a volume whose names beginning with `..` are the volume's own. */
export function validateNonReservedPath(path: string, field: string): FieldError[] {
  const errors = validateDescendingPath(path, field)
  // What lies below `..` has been refused already.
  if (path.startsWith('..') && !path.startsWith('../')) {
    errors.push(fieldInvalid(field, path, "must not start with '..'"))
  }
  return errors
}

/** One file of a downward API volume. As `validateDownwardAPIVolumeFile`. */
export function validateDownwardFile(file: DeepReadonly<DownwardAPIVolumeFile>, field: string): FieldError[] {
  const errors: FieldError[] = file.path ? [] : [fieldRequired(`${field}.path`)]
  errors.push(...validateNonReservedPath(file.path ?? '', `${field}.path`))
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, volumePaths, `${field}.fieldRef`))
    if (file.resourceFieldRef) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously'
      errors.push(fieldInvalid(field, 'resource', detail))
    }
  } else if (file.resourceFieldRef) {
    errors.push(...validateResourceRef(file.resourceFieldRef, true, `${field}.resourceFieldRef`))
  } else errors.push(fieldRequired(field, 'one of fieldRef and resourceFieldRef is required'))
  return [...errors, ...validateMode(file.mode, `${field}.mode`)]
}
