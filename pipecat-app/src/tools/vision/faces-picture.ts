/** Sides of the picture in which faces are looked for, in pixels; a multiple of 32. */
export const SIDE = 416;
/** How sure the detector has to be of a face, 0 to 1. */
export const LEAST_SCORE = 0.6;
