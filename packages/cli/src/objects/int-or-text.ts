/** A number where the text is one, as IntOrString is parsed. */
export function intOrText(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text
}
