import { type FieldError, fieldInvalid, Quantity } from '@wherry/apimachinery'

/**
 * Rounds amounts finer than a thousandth up, as upstream does with every resource list. What does not parse stays, for
 * validation to refuse.
 */
export function roundResources(list: Record<string, string> | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const rounded = roundToMilli(text)
    if (list !== undefined && rounded !== text) list[name] = rounded
  }
}

function roundToMilli(text: string): string {
  if (!/[nu]|e-|E-|\.\d{4}/.test(text)) return text
  const quantity = tryParse(text)
  // What is no quantity is refused by validation, with the field's path.
  if (!quantity) return text
  const milli = Quantity.parse(`${quantity.milliValue()}m`)
  return milli.cmp(quantity) === 0 ? text : milli.toString()
}

/** Refuses what is no quantity, or is negative. As `ValidateResourceQuantityValue`, but for whole numbers. */
export function validateQuantity(text: string, field: string): FieldError[] {
  const quantity = tryParse(text)
  if (!quantity) return [fieldInvalid(field, text, 'must be a valid quantity')]
  return quantity.sign() < 0 ? [fieldInvalid(field, quantity.toString(), 'must be greater than or equal to 0')] : []
}

/** The amount, or undefined where the text is none. */
export function tryParse(text: string): Quantity | undefined {
  try {
    return Quantity.parse(text)
  } catch {
    return undefined
  }
}
