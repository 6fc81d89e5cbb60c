import type { CustomResourceDefinitionNames } from '@wherry/api'
import { type DeepReadonly, deepEqual } from '@wherry/apimachinery'
import { type ConditionState, type Definition, findCondition } from './conditions.ts'

type Names = DeepReadonly<CustomResourceDefinitionNames>

/** Which names a definition has been given, and whether it got all that it wants. */
export interface NamesOutcome {
  readonly names: Names
  readonly accepted: ConditionState
}

const none: Names = { plural: '', kind: '' }

/**
 * Settles which of its names a definition may have: those that no other definition of its group has been given before.
 * As upstream: apiextensions-apiserver, `NamingConditionController`.
 */
export function settleNames(definition: Definition, others: readonly Definition[]): NamesOutcome {
  const wanted = definition.spec.names
  const had = definition.status?.acceptedNames ?? none
  const taken = takenBy([...others, definition])
  const problems: { reason: string; message: string }[] = []
  const settle = (reason: string, name: string, mine: string, used: ReadonlySet<string>): string => {
    if (name === mine || !used.has(name)) return name
    problems.push({ reason, message: `${JSON.stringify(name)} is already in use` })
    return mine
  }
  const plural = settle('PluralConflict', wanted.plural, had.plural, taken.resources)
  const singular = settle('SingularConflict', wanted.singular ?? '', had.singular ?? '', taken.resources)
  const shortNames = settleShortNames(wanted.shortNames ?? [], had.shortNames ?? [], taken.resources)
  if (shortNames.message !== '') problems.push({ reason: 'ShortNamesConflict', message: shortNames.message })
  const kind = settle('KindConflict', wanted.kind, had.kind, taken.kinds)
  const listKind = settle('ListKindConflict', wanted.listKind ?? '', had.listKind ?? '', taken.kinds)
  const names = {
    plural,
    ...(singular === '' ? {} : { singular }),
    ...(shortNames.names.length === 0 ? {} : { shortNames: shortNames.names }),
    kind,
    ...(listKind === '' ? {} : { listKind }),
    ...(wanted.categories?.length ? { categories: wanted.categories } : {}),
  }
  const problem = problems.at(-1)
  const accepted: ConditionState = problem
    ? { type: 'NamesAccepted', status: 'False', ...problem }
    : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
  return { names, accepted }
}

/** What Established says next, given whether all names are accepted. */
export function establishedState(definition: Definition, accepted: ConditionState): ConditionState | undefined {
  const old = findCondition(definition, 'Established')
  if (old?.status === 'True') return undefined
  if (accepted.status !== 'True') {
    if (old) return undefined
    return { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
  }
  return {
    type: 'Established',
    status: 'True',
    reason: 'InitialNamesAccepted',
    message: 'the initial names have been accepted',
  }
}

/** Whether the definition has all the names that it wants. */
export function hasItsNames({ spec, status }: Definition): boolean {
  return deepEqual(bare(spec.names), bare(status?.acceptedNames ?? none))
}

/** Empty and absent are the same here. */
function bare(names: Names): object {
  return Object.fromEntries(Object.entries(names).filter(([, value]) => value.length > 0))
}

function settleShortNames(wanted: readonly string[], had: readonly string[], used: ReadonlySet<string>) {
  if (deepEqual(wanted, had)) return { names: wanted, message: '' }
  const conflicts = wanted.filter((name) => !had.includes(name) && used.has(name))
  if (conflicts.length === 0) return { names: wanted, message: '' }
  const texts = [...new Set(conflicts.map((name) => `${JSON.stringify(name)} is already in use`))]
  return { names: had, message: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]` }
}

function takenBy(definitions: readonly Definition[]) {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const { status } of definitions) {
    const { plural, singular = '', shortNames = [], kind, listKind = '' } = status?.acceptedNames ?? none
    for (const name of [plural, singular, ...shortNames]) if (name !== '') resources.add(name)
    for (const name of [kind, listKind]) if (name !== '') kinds.add(name)
  }
  return { resources, kinds }
}
