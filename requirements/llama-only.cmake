# Read by CMake when llama-cpp-python's build enters llama.cpp's own project (run.py names this file).
# The binding switches this library on for its command-line programs, of which Carrel uses none;
# without it and without LLAVA_BUILD the compiler has 83 things to do in place of 193.
set(LLAMA_BUILD_COMMON OFF)
