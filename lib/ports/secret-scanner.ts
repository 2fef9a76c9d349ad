/** Finds credentials in text, by a kept library's rules. */
export interface SecretScanner {
  /** What is found, without the value itself: the name of the rule and where in the text. Empty when clean. */
  scan(text: string): Promise<{ rule: string; start: number; end: number }[]>
}
