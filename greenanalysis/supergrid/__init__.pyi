from .solve.study import resolve as resolve
