/** Compares two scalars as Go templates do: only values of one kind, null only with itself. Throws where Go would. */
export function compareValues(left: unknown, operator: string, right: unknown): boolean {
  if (operator === '==' || operator === '!=') {
    if (left === null || right === null) return (left === right) === (operator === '==')
    if (typeof left !== typeof right) throw new Error('incompatible types for comparison')
    if (typeof left === 'object') throw new Error('invalid type for comparison')
    return (left === right) === (operator === '==')
  }
  const order = compareOrder(left, right)
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      throw new Error(`unrecognized filter operator ${operator}`)
  }
}

function compareOrder(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0
  if (typeof left !== typeof right) throw new Error('incompatible types for comparison')
  throw new Error('invalid type for comparison')
}
