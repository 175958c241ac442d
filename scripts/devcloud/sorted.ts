// SPDX-License-Identifier: Apache-2.0

/** Items that are always in order: a page of thousands is found without sorting them. `K` is what of an item decides its place. */
export interface Sorted<K, T extends K> {
  readonly items: readonly T[];
  add(item: T): void;
  /** Nothing happens if no item is at its place. */
  remove(item: K): void;
  /** The index of the first item that is not before this place. */
  notBefore(place: K): number;
  /** The index of the first item behind this place. */
  behind(place: K): number;
}

/** @param order negative if the first comes before the second, 0 only for the same place */
export function createSorted<K, T extends K>(order: (a: K, b: K) => number, given: readonly T[]): Sorted<K, T> {
  const items = given.toSorted(order);
  const firstIndex = (isThere: (item: T) => boolean) => {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = items[middle];
      if (item === undefined || isThere(item)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const notBefore = (place: K) => firstIndex((item) => order(item, place) >= 0);
  const behind = (place: K) => firstIndex((item) => order(item, place) > 0);
  return {
    items,
    add: (item) => void items.splice(behind(item), 0, item),
    remove(item) {
      const index = notBefore(item);
      items.splice(index, behind(item) - index);
    },
    notBefore,
    behind,
  };
}
