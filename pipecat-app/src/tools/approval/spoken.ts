const YES =
  /^(?:(?:yes|yeah|yep|ok|okay|sure|alright|all right|go ahead|go on|do it|do that|please do|yes please|of course|that is fine|that's fine|i approve|i agree|approved)(?: |$))+(?:please|now|then|twin|thanks|thank you)?$/;
const NO =
  /^(?:(?:no|nope|no thanks|no thank you|do not|don't|do not do it|don't do it|don't do that|stop|cancel|cancel it|cancel that|never mind|leave it|deny|denied|please don't)(?: |$))+(?:please|now|then|twin|thanks|thank you)?$/;

/** Whether a whole sentence says yes or no to a question; anything more than that is `other`. */
export function spokenAnswer(text: string): 'yes' | 'no' | 'other' {
  const words = text
    .toLowerCase()
    .replace(/’/g, "'")
    .replace(/[^a-z' ]+/g, ' ')
    .trim()
    .replace(/ +/g, ' ');
  // A "no" anywhere in a sentence that is all answer outweighs a "yes".
  if (NO.test(words)) return 'no';
  return YES.test(words) ? 'yes' : 'other';
}
