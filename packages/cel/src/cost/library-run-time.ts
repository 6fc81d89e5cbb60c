import { NamedFormat } from '../libraries/named-format.ts'
import { Opaque, type Value } from '../values/value.ts'
import { extensionCallCost } from './extensions.ts'
import { actualSize, charactersToCost, traversalCost } from './sizes.ts'

type LibraryCost = (args: readonly Value[], result: Value) => number | undefined

const size = (args: readonly Value[], index: number): number => actualSize(args[index] ?? null)
const nominal: LibraryCost = () => 1
const traversal: LibraryCost = (args) => charactersToCost(size(args, 0))
/** The traversal and the construction of the result. */
const twice: LibraryCost = (args) => Math.ceil(size(args, 0) * 2 * 0.1)
const elements: LibraryCost = (args) => traversalCost(args[0] ?? null)
const search: LibraryCost = (args) => charactersToCost(size(args, 0) + 1) * Math.ceil(size(args, 1) * 0.25)

/** What one requirement of a selector costs: a list and an object; its shortest text has two characters. */
const selector: LibraryCost = (args) => {
  const length = size(args, 1)
  return 10 + charactersToCost(length) + Math.ceil(Math.ceil(length * 0.5) * 50)
}

const containsCost = (overload: string, parsed: string, masked: boolean): LibraryCost => {
  const parses = overload === parsed
  return (args) => {
    const prefix = size(args, 0)
    const compared = charactersToCost(prefix * 2) + (masked ? charactersToCost(prefix) + 1 : 0)
    return compared + (parses ? charactersToCost(size(args, 1)) : 0)
  }
}

const validate: LibraryCost = (args) => {
  const format = args[0]
  if (!(format instanceof NamedFormat)) return undefined
  return charactersToCost(size(args, 1) + 1) * Math.ceil(format.maxRegexSize * 0.25)
}

const byName: ReadonlyMap<string, LibraryCost> = new Map<string, LibraryCost>([
  // Allows for two authorization checks in an expression.
  ['check', () => 350_000],
  ...each('serviceAccount path group resource subresource namespace name allowed reason error errored', nominal),
  ...each('fieldSelector labelSelector', selector),
  ...each('isSorted sum max min indexOf lastIndexOf includes', elements),
  ...each('url lowerAscii upperAscii substring trim jsonpatch.escapeKey', traversal),
  ...each('replace split', twice),
  ['join', (_args, result) => Math.ceil(actualSize(result) * 2 * 0.1)],
  ...each('find findAll', search),
  ...each('cidr isIP isCIDR', traversal),
  ['ip.isCanonical', twice],
  ...each(
    'masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast',
    nominal,
  ),
  ...each('quantity isQuantity semver isSemver', traversal),
  ['validate', validate],
  ['format.named', nominal],
  ...each(
    'sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch',
    nominal,
  ),
  ...each('getScheme getHostname getHost getPort getEscapedPath getQuery', nominal),
  ['_==_', (args) => (args[0] instanceof Opaque ? 1 : undefined)],
])

function each(names: string, cost: LibraryCost): [string, LibraryCost][] {
  return names.split(' ').map((name) => [name, cost])
}

/** The run-time costs of Kubernetes' libraries, by the name of the function (k8s `library/cost.go`, CallCost). */
export function libraryCallCost(name: string, overload: string): LibraryCost | undefined {
  const extension = extensionCallCost(overload)
  if (extension !== undefined) return extension
  switch (name) {
    case 'ip':
      return overload === 'cidr_ip' ? nominal : traversal
    case 'containsIP':
      return containsCost(overload, 'cidr_contains_ip_string', false)
    case 'containsCIDR':
      return containsCost(overload, 'cidr_contains_cidr_string', true)
    default:
      return byName.get(name)
  }
}
