import { isMap, setKey } from '../meta/deep.ts'

export { isMap }

/** A JSON object that a patch works on. Its own members only count, whatever they are called. */
export type JSONMap = Record<string, unknown>

export const isList = (value: unknown): value is unknown[] => Array.isArray(value)

export const has = (map: JSONMap, key: string): boolean => Object.hasOwn(map, key)

export const get = (map: JSONMap, key: string): unknown => (Object.hasOwn(map, key) ? map[key] : undefined)

export const set = (map: JSONMap, key: string, value: unknown): void => setKey(map, key, value)

/** The map itself, or an empty one. */
export const mapOf = (value: unknown): JSONMap => (isMap(value) ? value : {})
