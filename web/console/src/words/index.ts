// Everything the pages say: each subject's words stand in a file of their own and are put together here.
import type { Pairs } from "../../../src/speaking";
import { INTERFACE } from "./interface";

export const WORDS = { ...INTERFACE } as const satisfies Pairs;

export type Word = keyof typeof WORDS;
