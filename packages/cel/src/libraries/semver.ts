import { declare, type FunctionDecl, global, member } from '../declarations.ts'
import { boolType, CelType, intType, stringType } from '../types/types.ts'
import { CelFailure, noSuchOverload, Opaque, type Value } from '../values/value.ts'

export const semverType = new CelType('struct', 'kubernetes.Semver')

class Semver extends Opaque {
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly pre: readonly string[]
  readonly build: readonly string[]

  constructor(numbers: readonly [bigint, bigint, bigint], pre: readonly string[], build: readonly string[]) {
    super()
    this.numbers = numbers
    this.pre = pre
    this.build = build
  }

  get type(): CelType {
    return semverType
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && this.compare(other) === 0
  }

  toString(): string {
    const pre = this.pre.length === 0 ? '' : `-${this.pre.join('.')}`
    return `${this.numbers.join('.')}${pre}${this.build.length === 0 ? '' : `+${this.build.join('.')}`}`
  }

  /** Precedence: builds do not count, a pre-release is before its release. */
  compare(other: Semver): number {
    for (const [index, number] of this.numbers.entries()) {
      const theirs = other.numbers[index] ?? 0n
      if (number !== theirs) return number > theirs ? 1 : -1
    }
    if (this.pre.length === 0 || other.pre.length === 0) return Math.sign(other.pre.length - this.pre.length)
    for (const [index, part] of this.pre.entries()) {
      const theirs = other.pre[index]
      if (theirs === undefined) return 1
      const order = comparePart(part, theirs)
      if (order !== 0) return order
    }
    return this.pre.length === other.pre.length ? 0 : -1
  }
}

const numeric = /^\d+$/

function comparePart(a: string, b: string): number {
  if (numeric.test(a) !== numeric.test(b)) return numeric.test(a) ? -1 : 1
  if (!numeric.test(a)) return a === b ? 0 : a > b ? 1 : -1
  return BigInt(a) === BigInt(b) ? 0 : BigInt(a) > BigInt(b) ? 1 : -1
}

/** A version as blang/semver reads it, or its error. */
function parse(text: string): Semver | string {
  if (text === '') return 'Version string empty'
  const [major, minor, rest] = [...text.split('.').slice(0, 2), text.split('.').slice(2).join('.')]
  if (major === undefined || minor === undefined || text.split('.').length < 3) {
    return 'No Major.Minor.Patch elements found'
  }
  const plus = rest?.indexOf('+') ?? -1
  const build = plus < 0 ? [] : (rest ?? '').slice(plus + 1).split('.')
  const beforeBuild = plus < 0 ? (rest ?? '') : (rest ?? '').slice(0, plus)
  const dash = beforeBuild.indexOf('-')
  const pre = dash < 0 ? [] : beforeBuild.slice(dash + 1).split('.')
  const patch = dash < 0 ? beforeBuild : beforeBuild.slice(0, dash)
  for (const [name, number] of [
    ['Major', major],
    ['Minor', minor],
    ['Patch', patch],
  ] as const) {
    if (!numeric.test(number))
      return `Invalid character(s) found in ${name.toLowerCase()} number ${JSON.stringify(number)}`
    if (number.length > 1 && number.startsWith('0')) {
      return `${name} number must not contain leading zeroes ${JSON.stringify(number)}`
    }
  }
  for (const part of pre) {
    if (part === '') return 'Prerelease is empty'
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in prerelease ${JSON.stringify(part)}`
    if (numeric.test(part) && part.length > 1 && part.startsWith('0')) {
      return `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(part)}`
    }
  }
  for (const part of build) {
    if (part === '') return 'Build meta data is empty'
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in build meta data ${JSON.stringify(part)}`
  }
  return new Semver([BigInt(major), BigInt(minor), BigInt(patch)], pre, build)
}

/** `v1`, `1.2` and `01.02.3` made versions of three numbers. */
function normalizeAndParse(text: string): Semver | string {
  const plain = text.replace(/^v/, '')
  const pieces = plain.split('.')
  const parts = [...pieces.slice(0, 2), ...(pieces.length > 2 ? [pieces.slice(2).join('.')] : [])].map((part) => {
    if (part.length < 2) return part
    const stripped = part.replace(/^0+/, '')
    return /^\d/.test(stripped) ? stripped : `0${stripped}`
  })
  if (parts.length < 3) {
    if (/[+-]/.test(parts.at(-1) ?? '')) return 'short version cannot contain PreRelease/Build meta data'
    while (parts.length < 3) parts.push('0')
  }
  return parse(parts.join('.'))
}

function toSemver(text: Value = null, normalize: Value = false): Semver | CelFailure {
  if (typeof text !== 'string' || typeof normalize !== 'boolean') return noSuchOverload()
  const parsed = normalize ? normalizeAndParse(text) : parse(text)
  return typeof parsed === 'string' ? new CelFailure(parsed) : parsed
}

const isSemver = (text?: Value, normalize?: Value): Value => toSemver(text, normalize) instanceof Semver

const onTwo =
  (call: (order: number) => Value) =>
  (left: Value = null, right: Value = null): Value =>
    left instanceof Semver && right instanceof Semver ? call(left.compare(right)) : noSuchOverload()

const part = (name: string, index: 0 | 1 | 2): FunctionDecl =>
  declare(name, [
    member(`semver_${name}`, [semverType], intType, (value) =>
      value instanceof Semver ? value.numbers[index] : noSuchOverload(),
    ),
  ])

const v = semverType

/** Semantic versions (k8s `library/semverlib.go`, version 1). */
export const semverLibrary: readonly FunctionDecl[] = [
  declare('semver', [
    global('string_to_semver', [stringType], v, (text) => toSemver(text)),
    global('string_bool_to_semver', [stringType, boolType], v, toSemver),
  ]),
  declare('isSemver', [
    global('is_semver_string', [stringType], boolType, (text) => isSemver(text)),
    global('is_semver_string_bool', [stringType, boolType], boolType, isSemver),
  ]),
  declare('isGreaterThan', [
    member(
      'semver_is_greater_than',
      [v, v],
      boolType,
      onTwo((order) => order > 0),
    ),
  ]),
  declare('isLessThan', [
    member(
      'semver_is_less_than',
      [v, v],
      boolType,
      onTwo((order) => order < 0),
    ),
  ]),
  declare('compareTo', [
    member(
      'semver_compare_to',
      [v, v],
      intType,
      onTwo((order) => BigInt(order)),
    ),
  ]),
  part('major', 0),
  part('minor', 1),
  part('patch', 2),
]
