/** Control, format and private-use characters, and halves of surrogate pairs; line breaks and tabs are kept. */
const UNSEEN = /[\p{Cc}\p{Co}\p{Cn}]|(?![‌‍])\p{Cf}|\p{Cs}/gu;

/** Text of any origin without characters that steer a terminal or a renderer. */
export function plainText(text: string): string {
  return text.replace(UNSEEN, (char) => (char === '\n' || char === '\t' ? char : ''));
}
