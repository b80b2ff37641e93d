"""Twenty phones, their workers, and everything that can go wrong between them and the server.

`plan` says what is tried and what goes wrong (a pure function of the seed), `town` makes the city, `phones` act,
`director` kills, redraws and reassigns, `verdict` judges, `run` puts it together. What a seed does not decide is which
of two things that happen at once comes first: the operating system does.
"""
