// Telephone numbers within texts. Pure functions, for both front ends.

/** A piece of a text; `tel`: the digits to dial, if it is a telephone number. */
export type TextPiece = { text: string; tel?: string };

// Mobile, fixed line with area code (also with an extension), 400 and +international. Not a part of a longer number, such as the
// number of a case.
const NUMBER =
  /(?<![\d*.,-])(?:\+\d{1,3}[ -]?(?:\d[ -]?){6,12}\d|1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}(?:[-转]\d{1,5})?|400[ -]?\d{3}[ -]?\d{4})(?![\d*]|[.,]\d)/g;

/** Split a text into pieces with and without a telephone number. Masked numbers (`138****5678`) are no numbers. */
export function splitAtTelephones(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(NUMBER)) {
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    // An extension is dialled after a pause.
    const [base = "", extension] = match[0].split(/转|(?<=\d{7})-(?=\d{1,5}$)/);
    const tel = base.replace(/[ -]/g, "") + (extension ? `,${extension}` : "");
    pieces.push({ text: match[0], tel });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}
