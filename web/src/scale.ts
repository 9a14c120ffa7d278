// The steps of the map's colours. They are fixed, times a power of ten that moves only when the largest count has left
// its band by far: a map whose colours change their meaning from one second to the next cannot be read.
const steps = [2, 5, 10, 20, 50] as const; // largest count of classes 1 to 5; class 6 is above
export const classes = steps.length + 1;

const tooLarge = 120; // times the power: then the next power is taken
const tooSmall = 6; // and below this the one before

export function nextPower(power: number | null, largest: number): number {
  if (largest <= 0) return power ?? 0;
  let next = power ?? Math.max(0, Math.ceil(Math.log10(largest / 100)));
  while (largest > tooLarge * 10 ** next) next += 1;
  while (next > 0 && largest < tooSmall * 10 ** next) next -= 1;
  return next;
}

// 0 for no events, else 1 to `classes`.
export function classOf(count: number, power: number): number {
  if (count <= 0) return 0;
  const unit = 10 ** power;
  const index = steps.findIndex((step) => count <= step * unit);
  return index < 0 ? classes : index + 1;
}

// The least and largest count of a class; no largest for the last.
export function bounds(index: number, power: number): [number, number | null] {
  const unit = 10 ** power;
  const least = index === 1 ? 1 : (steps[index - 2] ?? 0) * unit + 1;
  const most = steps[index - 1];
  return [least, most === undefined ? null : most * unit];
}
