// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Rights of a delegation, bits: to read, and to share what may be read.
library Right {
    uint8 internal constant READ = 1;
    uint8 internal constant SHARE = 2;
}
