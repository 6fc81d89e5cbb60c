/** A JSON value; members that are `undefined` are left out of the text. */
export type JSONValue = string | number | boolean | null | readonly JSONValue[] | JSONObject
export interface JSONObject {
  readonly [key: string]: JSONValue | undefined
}
