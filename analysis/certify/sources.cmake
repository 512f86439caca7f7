set(ANSER_CERTIFY_SOURCES
  certify/spectrum.cpp
  certify/word_scores.cpp
)
