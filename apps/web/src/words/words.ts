import { en } from './en.ts'

/** A catalogue of another language has exactly these keys and arguments, or does not compile. */
export type Words = typeof en

/** The sentences of the app in the language of the person. */
export const words: Words = en

export const locale = 'en'
