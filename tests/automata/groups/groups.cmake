anser_test(test_automata_groups
  SOURCES
    groups/test_characters.cpp
    groups/test_conjugacy.cpp
  LIBRARIES anser_automata)
