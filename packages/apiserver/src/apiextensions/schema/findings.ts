import {
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
  fieldTypeInvalid,
} from '@wherry/apimachinery'

/** What is wrong with one value. `name` is its path; the message repeats it, as kube-openapi's do. */
export interface Finding {
  readonly code: 'type' | 'required' | 'tooLong' | 'tooMany' | 'enum' | 'invalid' | 'plain'
  readonly name: string
  readonly message: string
  readonly value?: unknown
  readonly max?: number
  readonly allowed?: readonly unknown[]
}

/** What a validation has found, and how many of its checks went well: that tells which branch of an `anyOf` was meant. */
export class Findings {
  readonly all: Finding[] = []
  matches = 0

  /** The same message is kept once. */
  add(finding: Finding): void {
    if (!this.all.some(({ message }) => message === finding.message)) this.all.push(finding)
  }

  merge(other: Findings): void {
    for (const finding of other.all) this.add(finding)
    this.matches += other.matches
  }

  get valid(): boolean {
    return this.all.length === 0
  }
}

/** The findings in the form in which clients get them. As upstream: `kubeOpenAPIResultToFieldErrors`. */
export function fieldErrorsOf(findings: Findings, at: string): FieldError[] {
  return findings.all.map((finding) => fieldErrorOf(finding, at))
}

/** What Go prints for a path that is not there. */
const noPath = '<nil>'

function fieldErrorOf({ code, name, message, value, max = -1, allowed = [] }: Finding, at: string): FieldError {
  const own = name === '.' ? '' : name.replace(/^\./, '')
  const field = (own === '' ? at : at === '' ? own : `${at}.${own}`) || noPath
  switch (code) {
    case 'required':
      return fieldRequired(field)
    case 'enum':
      return fieldNotSupported(field, value ?? null, allowed.map(allowedText))
    case 'tooLong':
      return fieldTooLong(field, '', max)
    case 'tooMany':
      return fieldTooMany(field, Number(value), max)
    case 'type':
      return fieldTypeInvalid(field, value ?? '', message)
    case 'invalid':
      return fieldInvalid(field, value ?? '', message)
    case 'plain':
      return fieldInvalid(at === '' ? noPath : at, '', message)
  }
}

function allowedText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}
