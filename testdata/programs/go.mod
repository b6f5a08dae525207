module example.com/leakscope/programs

go 1.26
