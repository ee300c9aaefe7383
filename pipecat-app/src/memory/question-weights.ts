/** What `relevance` learned: written by `testing/bench/recall-train.ts`. One signed byte per number of a vector, each worth `scale`. */
export const QUESTION_WEIGHTS = {
  model: 'all-minilm-l6-v2',
  cosine: 5.4127,
  own: 1.93054,
  bias: -3.97577,
  scale: 0.0363816,
  weights:
    '5roAD+09/vJB9fEU4xfkBXCKJhH7JzbDOPT5TkCM7xfH/gnrUxiqI9rN7fyr0SvOtTcCBjE9ucz24DBr0uSp3vSr/LEmkyDAt5UQ1kAFALDKJjAE83KcD/n/IbH/Sd8P//YgwOAXP1zTG+HdRmDOMDs51/g7DNwQzezR3Q46xwDS5QwA1hHWByc86RuoyeAj6r+UBbUr2hsX/XW9MA/rRROc+HkJ3PKmRf9kHKPoNEseAl31KyPXPTTwE7AfDBtR+9H9FM3xGCe6xBPDGMgLPO9c0XMD4hYt4hpj1/IvRwA/vFnNLxC6FHvh1O7u7scjt6z41OD6Ci7+MS/j0PGhuPneEwiqD8/2MxwgfwG5+6dAyctnCk4HXe/W61zsLtEqHBkhojO10cJV9t4Q1zEr/Ay40jozzSalUfr/8IWrQADPHdm+ObnqIy051bN+uxD5EQi3Rfq7Zu3O3PP6CDEtSP++CyPy9/YkFdcbBvghsyUw8MTh+FzxICYbIPHi180Y',
};
