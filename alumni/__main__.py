from alumni.cli import main

main()
